import { fromBinary, type DescMessage } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { JsonBodyError, parseJsonBody } from "./json-body.js";
import { findShapeFault } from "./json-shape.js";
import { badRequest } from "./rpc-errors.js";

/** What a Connect request's content type says of its body. */
export type BodyFormat = "json" | "proto";

const formats: ReadonlyMap<string, BodyFormat> = new Map([
  ["application/json", "json"],
  ["application/proto", "proto"],
]);

/** The format of a unary Connect request, whose body is one plain message; undefined for all others. */
export function connectBodyFormat(contentType: string | undefined): BodyFormat | undefined {
  const mediaType = contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return formats.get(mediaType);
}

/**
 * Why a body is no such message, or undefined. Connect's own answers name types
 * instead of paths, quote the body, and call malformed binary an internal error.
 */
export function findBodyFault(
  desc: DescMessage,
  body: Uint8Array,
  format: BodyFormat,
): ConnectError | undefined {
  try {
    if (format === "proto") return void fromBinary(desc, body);
    const fault = findShapeFault(desc, parseJsonBody(body));
    return fault && badRequest([fault], undefined);
  } catch (error) {
    const text =
      error instanceof JsonBodyError
        ? error.message
        : `the body is no ${desc.typeName} in Protobuf's binary form`;
    return new ConnectError(text, Code.InvalidArgument, undefined, undefined, error);
  }
}
