import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";
import { tooLarge, type BodyLimits } from "./read-body.js";

const gunzipAsync = promisify(gunzip);

/**
 * Unpacks a body, which may be small and unpack to gigabytes. Connect would
 * call one that is no gzip an internal error.
 *
 * @throws BodyError, ConnectError INVALID_ARGUMENT
 */
export async function gunzipBody(body: Uint8Array, limits: BodyLimits): Promise<Uint8Array> {
  try {
    return await gunzipAsync(body, { maxOutputLength: limits.maxBodyBytes });
  } catch (cause) {
    if (isTooLarge(cause)) throw tooLarge(limits);
    const text = "the body is not in gzip, as its headers say";
    throw new ConnectError(text, Code.InvalidArgument, undefined, undefined, cause);
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}
