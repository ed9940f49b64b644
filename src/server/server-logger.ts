type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** What the server logs to; a pino logger is one. */
export interface ServerLogger {
  readonly debug: Log;
  readonly info: Log;
  readonly error: Log;
}
