import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SandboxError } from "./sandbox-error.js";

const execFileAsync = promisify(execFile);

/** How to run a helper program. */
export interface CommandOptions {
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What a helper program that ended with exit code 0 wrote. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a helper program to its end; it is killed when the signal fires or the time is over.
 * @throws SandboxError with the end of its output when it fails; the signal's reason when aborted
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandOutput> {
  const { env, timeoutMs, signal } = options;
  try {
    return await execFileAsync(command, args, {
      env: { ...process.env, ...env },
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      maxBuffer: 64 * 1024 * 1024,
      signal,
    });
  } catch (cause) {
    signal.throwIfAborted();
    throw new SandboxError(`${command} ${args[0] ?? ""} failed: ${describeFailure(cause, timeoutMs)}`, {
      cause,
    });
  }
}

function describeFailure(cause: unknown, timeoutMs: number): string {
  if (!(cause instanceof Error)) return String(cause);
  const { killed, stdout, stderr } = cause as Error & Partial<CommandOutput> & { killed?: boolean };
  if (killed === true) return `no end within ${timeoutMs} ms`;
  const output = `${stdout ?? ""}${stderr ?? ""}`.trim().slice(-2000);
  return output === "" ? cause.message : output;
}
