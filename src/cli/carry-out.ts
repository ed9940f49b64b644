import { ConnectError } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";

/** The service refused, failed, or did not answer; other codes are those of what was asked for. */
const EXIT_REFUSED = 3;

/** Does what a command asks a service for; what keeps it from being done is said on stderr, with exit code 3. */
export async function carryOut(action: () => unknown): Promise<void> {
  try {
    await action();
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = EXIT_REFUSED;
  }
}

/** Answers of commands go to stdout, and nothing else does. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function explain(error: unknown): string {
  if (error instanceof ConnectError) return `${codeToString(error.code)}: ${error.rawMessage}`;
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
