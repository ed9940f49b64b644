import type { Context } from "mocha";
import type { Progress } from "../../src/sandbox/progress.js";

/** Shows what goes on in a suite, with its name: others run beside it, and their reports come when they have ended. */
export function progressOf({ test, currentTest }: Context): Progress {
  const suite = (currentTest ?? test)?.parent?.fullTitle() ?? "";
  return (line) => process.stderr.write(`[${suite}] ${line}\n`);
}
