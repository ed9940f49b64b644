import type { DescMessage } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { findBodyFault, type BodyFormat } from "./connect-body.js";
import { FrameSplitter, plainFrame, type Frame } from "./frame-splitter.js";
import { gunzipBody } from "./gunzip-body.js";
import { BodyError, tooLarge, type BodyLimits } from "./read-body.js";

/** What the headers of a call say of its frames. */
export interface FramedCall {
  readonly input: DescMessage;
  readonly format: BodyFormat;
  /** Whether compressed frames may come, which are in gzip then. */
  readonly isGzip: boolean;
}

const COMPRESSED = 1;

/** What a call in frames says of them; undefined when its content type is of another kind. */
export function framedCall(input: DescMessage, headers: Headers): FramedCall | undefined {
  const type = headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const match = /^application\/(?:(grpc|grpc-web)|connect)(?:\+(proto|json))?$/.exec(type);
  if (match === null) return undefined;
  const encoding = headers.get(match[1] === undefined ? "connect-content-encoding" : "grpc-encoding");
  return { input, format: match[2] === "json" ? "json" : "proto", isGzip: encoding === "gzip" };
}

/**
 * The frames of a call, each looked at before Connect does: there a frame that
 * is malformed, or no gzip, is an internal error of the service.
 *
 * @throws ConnectError INVALID_ARGUMENT, RESOURCE_EXHAUSTED
 */
export async function* checkedFrames(
  body: AsyncIterable<Uint8Array>,
  call: FramedCall,
  limits: BodyLimits,
): AsyncIterable<Uint8Array> {
  const splitter = new FrameSplitter((length) => {
    if (length > limits.maxBodyBytes) throw exhausted(tooLarge(limits));
  });
  for await (const piece of body) {
    for (const frame of splitter.push(piece)) yield plainFrame(await checkedPayload(frame, call, limits));
  }
  if (splitter.isInside) throw invalid("the body ends inside of a message");
}

async function checkedPayload(
  { flags, payload }: Frame,
  { input, format, isGzip }: FramedCall,
  limits: BodyLimits,
): Promise<Uint8Array> {
  if (flags > COMPRESSED) throw invalid(`a frame of the body has the flags ${flags}, which no request has`);
  if (flags === COMPRESSED && !isGzip) throw invalid("a message is compressed, and no header says how");
  const plain = flags === COMPRESSED ? await unpacked(payload, limits) : payload;
  const fault = findBodyFault(input, plain, format);
  if (fault !== undefined) throw fault;
  return plain;
}

async function unpacked(payload: Uint8Array, limits: BodyLimits): Promise<Uint8Array> {
  try {
    return await gunzipBody(payload, limits);
  } catch (error) {
    throw error instanceof BodyError ? exhausted(error) : error;
  }
}

function exhausted(error: BodyError): ConnectError {
  return new ConnectError(error.message, Code.ResourceExhausted, undefined, undefined, error);
}

function invalid(text: string): ConnectError {
  return new ConnectError(text, Code.InvalidArgument);
}
