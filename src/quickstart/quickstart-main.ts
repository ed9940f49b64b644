import { runQuickstart } from "./quickstart.js";
import { HELP, readOptions } from "./options.js";
import { CannotStartError, Interrupted, textOf } from "./quickstart-error.js";
import { Terminal } from "./terminal.js";

const EXIT_FAILED = 1;
const EXIT_CANNOT_START = 2;
const EXIT_INTERRUPTED = 130;
/** npm passes on a Ctrl-C that the terminal has sent already: that is no second one. */
const SECOND_SIGNAL_AFTER_MS = 1_000;

/** Runs the command line. Resolves with the exit code once everything it started has ended. */
async function main(args: readonly string[]): Promise<number> {
  const terminal = new Terminal(process.stdout, process.env);
  const interrupted = interruption(terminal);
  let isOnce = true;
  try {
    const options = readOptions(args);
    if (options.isHelp) {
      process.stdout.write(HELP);
      return 0;
    }
    isOnce = options.isOnce;
    await runQuickstart(options, terminal, interrupted);
    return 0;
  } catch (error) {
    if (interrupted.aborted) return isOnce ? EXIT_INTERRUPTED : 0;
    return report(terminal, error);
  }
}

/** Aborts on Ctrl-C, on SIGTERM and when nobody reads the output any more. A second signal ends at once. */
function interruption(terminal: Terminal): AbortSignal {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  const onSignal = (): void => {
    firstAtMs ??= performance.now();
    // The servers don't outlive this process: the watchers of the sandbox see to it.
    if (performance.now() - firstAtMs > SECOND_SIGNAL_AFTER_MS) process.exit(EXIT_INTERRUPTED);
    if (controller.signal.aborted) return;
    terminal.line("ending everything that was started …");
    controller.abort(new Interrupted("interrupted"));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, onSignal);
  process.stdout.on("error", () => controller.abort(new Interrupted("the output was closed")));
  return controller.signal;
}

function report(terminal: Terminal, error: unknown): number {
  terminal.line();
  if (error instanceof CannotStartError) {
    process.stderr.write(`quickstart: ${error.message}\n`);
    return EXIT_CANNOT_START;
  }
  process.stderr.write(`quickstart: ${textOf(error)}\n`);
  process.stderr.write("Run it again; should it fail again, please report it with its output and logs.\n");
  return EXIT_FAILED;
}

process.exit(await main(process.argv.slice(2)));
