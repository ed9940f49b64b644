import { CdcError } from "../model/errors.js";

/** An error as it is logged: nothing but texts, since errors of libraries carry requests with credentials. */
export interface LoggedError {
  readonly code?: string;
  readonly message: string;
  /** Messages of its causes, the nearest first. */
  readonly causes?: readonly string[];
  /** Of the innermost cause, when the error is nothing that we foresaw. */
  readonly stack?: string;
}

const MAX_CAUSES = 8;

/** Never throws, whatever was thrown. */
export function errorToLog(error: unknown): LoggedError {
  const [outer, ...causes] = chainOf(error);
  const isForeseen = error instanceof CdcError && error.code !== "INTERNAL";
  const innermost = causes.at(-1) ?? outer;
  const stack = !isForeseen && innermost instanceof Error ? innermost.stack : undefined;
  return {
    ...(error instanceof CdcError && { code: error.code }),
    message: messageOf(outer),
    ...(causes.length > 0 && { causes: causes.map(messageOf) }),
    ...(stack !== undefined && { stack }),
  };
}

function chainOf(error: unknown): unknown[] {
  const chain = [error];
  let last = error;
  while (last instanceof Error && last.cause !== undefined && chain.length <= MAX_CAUSES) {
    last = last.cause;
    chain.push(last);
  }
  return chain;
}

function messageOf(error: unknown): string {
  // Node's error of a host with several addresses has no message of its own.
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  if (error instanceof Error) return error.message;
  return typeof error === "string" ? error : `not an error but a ${typeof error}`;
}
