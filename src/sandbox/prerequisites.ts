import { runCommand } from "./run-command.js";
import { SandboxError } from "./sandbox-error.js";

/** A program the sandbox calls but cannot provide itself. */
interface Prerequisite {
  readonly command: string;
  readonly args: readonly string[];
  /** Ends the sentence "needed to …". */
  readonly purpose: string;
  readonly remedy: string;
}

const PIP: Prerequisite = {
  command: "python3",
  args: ["-m", "pip", "--version"],
  purpose: "fetch and unpack Milvus",
  remedy: "install Python 3.8 or newer with pip (Debian: apt-get install python3-pip)",
};

const MAVEN: Prerequisite = {
  command: "mvn",
  args: ["-version"],
  purpose: "fetch Kafka",
  remedy: "install Maven 3.6 or newer (Debian: apt-get install maven)",
};

/** @throws SandboxError unless this is Linux on x86-64, the only platform the Milvus wheel has */
export function checkPlatform(platform: string = process.platform, arch: string = process.arch): void {
  if (platform === "linux" && arch === "x64") return;
  throw new SandboxError(
    `the sandbox runs on Linux x64 only (Milvus 2.3.5 is published for no other), this is ${platform} ${arch}: ` +
      "use a Linux x64 machine, or point the service at servers of your own",
  );
}

/** @throws SandboxError naming Python or pip when one is missing, and how to get it */
export function checkPip(signal: AbortSignal): Promise<void> {
  return check(PIP, {}, signal);
}

/** @throws SandboxError naming Maven when it is missing, and how to get it */
export function checkMaven(env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
  return check(MAVEN, env, signal);
}

async function check(
  prerequisite: Prerequisite,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const { command, args, purpose, remedy } = prerequisite;
  try {
    await runCommand(command, args, { env, timeoutMs: 30_000, signal });
  } catch (cause) {
    signal.throwIfAborted();
    const call = [command, ...args].join(" ");
    throw new SandboxError(`\`${call}\` does not run, needed to ${purpose}: ${remedy}`, { cause });
  }
}
