import type { HttpRequest } from "./http-exchange.js";

/** Why a body was not read to its end. */
export class BodyError extends Error {
  override readonly name = "BodyError";

  readonly kind: "too-large" | "too-slow" | "gone";

  constructor(kind: BodyError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly bodyTimeoutMs: number;
}

/** Whether the request itself says that its body is too large. */
export function isDeclaredTooLarge(
  request: HttpRequest,
  { maxBodyBytes }: Pick<BodyLimits, "maxBodyBytes">,
): boolean {
  return Number(request.headers["content-length"] ?? 0) > maxBodyBytes;
}

/** The error of a body over the limit. */
export function tooLarge({ maxBodyBytes }: BodyLimits): BodyError {
  return new BodyError("too-large", `the body is larger than ${maxBodyBytes} bytes; send less`);
}

/**
 * A request's whole body. On failure the rest stays unread, for the reply to drain.
 *
 * @throws BodyError
 */
export async function readBody(request: HttpRequest, limits: BodyLimits): Promise<Uint8Array> {
  if (isDeclaredTooLarge(request, limits)) throw tooLarge(limits);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      request.off("data", onData).off("end", onEnd).off("close", onGone).off("error", onGone);
      act();
    };
    const fail = (error: BodyError): void => settle(() => reject(error));
    const onData = (chunk: Buffer): void => {
      sizeBytes += chunk.length;
      if (sizeBytes > limits.maxBodyBytes) fail(tooLarge(limits));
      else chunks.push(chunk);
    };
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks)));
    const onGone = (): void => fail(new BodyError("gone", "the client went away"));
    const onSlow = (): void =>
      fail(new BodyError("too-slow", `the body took longer than ${limits.bodyTimeoutMs} ms`));
    const timer = setTimeout(onSlow, limits.bodyTimeoutMs);
    request.on("data", onData).once("end", onEnd).once("close", onGone).once("error", onGone);
  });
}
