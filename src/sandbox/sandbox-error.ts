/**
 * A sandbox server could not be provided. The message names what is missing or
 * broken and what to do about it; it is meant for the person at the terminal.
 */
export class SandboxError extends Error {
  override readonly name = "SandboxError";
}

/** A server process ended, or was never ready, while it was being started; `detail` is the end of its log. */
export class ServerStartError extends SandboxError {
  readonly detail: string;

  constructor(message: string, detail: string) {
    super(`${message}\n${detail}`);
    this.detail = detail;
  }
}

/** A server runs, but was not ready in time. */
export class NotReadyError extends ServerStartError {}

/** A server came up without one of its ports, because another process listens there. */
export class PortTakenError extends ServerStartError {}
