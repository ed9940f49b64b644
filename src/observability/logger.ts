import { pino, stdTimeFunctions, type DestinationStream, type LevelWithSilent, type Logger } from "pino";
import { errorToLog } from "./error-to-log.js";

export type { Logger } from "pino";
export type LogLevel = LevelWithSilent;

export interface LoggerOptions {
  /** The lowest level that is written; a function is asked at each line, so that the level may change. */
  readonly level: LogLevel | (() => LogLevel);
  /** stderr unless given: stdout belongs to what a command answers. */
  readonly destination?: DestinationStream | undefined;
}

const SECRETS = ["token", "password", "username", "authorization", "Authorization"];
const DEPTHS = ["", "*.", "*.*.", "*.*.*."];
const USERINFO = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi;

/**
 * A logger of JSON lines. Secrets are left out: fields that are named like one,
 * down to the fourth level, and the `user:password@` of uris anywhere.
 *
 * pino's own `level` is copied to child loggers as they are made and cannot be
 * changed there, so it is left open and the level decided here.
 */
export function createLogger({ level, destination = pino.destination(2) }: LoggerOptions): Logger {
  const lowest = typeof level === "function" ? level : () => level;
  const isWritten = (line: number, logger: Logger): boolean =>
    line >= (logger.levels.values[lowest()] ?? Infinity);
  return pino(
    {
      level: "trace",
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorToLog },
      redact: { paths: DEPTHS.flatMap((depth) => SECRETS.map((name) => depth + name)), censor: "[secret]" },
      hooks: {
        logMethod(args, method, line) {
          if (isWritten(line, this)) method.apply(this, args);
        },
        streamWrite: (line) => line.replaceAll(USERINFO, "$1"),
      },
    },
    destination,
  );
}
