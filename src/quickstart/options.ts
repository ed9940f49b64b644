import { parseArgs } from "node:util";
import { CannotStartError } from "./quickstart-error.js";

/** What the command line asks for. */
export interface QuickstartOptions {
  readonly isHelp: boolean;
  /** End after the proof. */
  readonly isOnce: boolean;
  /** Of the service; undefined: 8444, or another one when that is taken. */
  readonly port: number | undefined;
}

export const HELP = `usage: npm run quickstart [-- OPTIONS]

Starts a source Milvus, its Kafka, a target Milvus and the service, creates a task,
writes to the source, shows the rows arriving on the target with their lag, compares
both sides row by row, and goes on until Ctrl-C. Needs Linux x64, Python 3 with pip and
Maven; the first run downloads about 150 MB, kept in ~/.cache/milvus-cdc-sandbox.

  --once      end after the comparison: exit code 0 when source and target are equal
  --port N    port of the service (default 8444, or a free one when that is taken)
  --help      show this

Exit codes: 0 as asked, 1 source and target differ or a step failed, 2 something is
missing on this machine or wrong on the command line, 130 --once ended by Ctrl-C.
NO_COLOR=1 turns colours off, CDC_SANDBOX_CACHE=DIR moves the downloads,
CDC_SANDBOX_PORTS=FIRST-LAST are the ports that servers may have.
`;

/** Reads the command line. @throws CannotStartError */
export function readOptions(args: readonly string[]): QuickstartOptions {
  const { help, once, port } = parse(args);
  return {
    isHelp: help ?? false,
    isOnce: once ?? false,
    port: port === undefined ? undefined : readPort(port),
  };
}

function parse(args: readonly string[]): { help?: boolean; once?: boolean; port?: string } {
  try {
    return parseArgs({
      args: [...args],
      options: { help: { type: "boolean", short: "h" }, once: { type: "boolean" }, port: { type: "string" } },
    }).values;
  } catch (error) {
    const [reason = ""] = (error instanceof Error ? error.message : "").split(/[.\n]/);
    throw new CannotStartError(`${reason}; --help shows the options`);
  }
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new CannotStartError(`--port ${text} is no port, expected 1 to 65535`);
}
