/** A step of the quickstart failed. The message says which and why; it is for the person at the terminal. */
export class QuickstartError extends Error {
  override readonly name = "QuickstartError";
}

/** The person has to correct something before it makes sense to start. */
export class CannotStartError extends QuickstartError {}

/** Ctrl-C, SIGTERM, or nobody reads the output any more. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** The text of whatever was thrown, causes included. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${textOf(error.cause)}` : "";
  return `${error.message}${cause}`;
}
