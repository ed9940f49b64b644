import type { JsonValue } from "@bufbuild/protobuf";
import { isDeeperThan } from "./json-depth.js";

const MAX_DEPTH = 64;

/** A body that is no usable JSON; its message says what is wrong, for people. */
export class JsonBodyError extends Error {
  override readonly name = "JsonBodyError";
}

/** Parses a request's body. @throws JsonBodyError */
export function parseJsonBody(bytes: Uint8Array): JsonValue {
  const text = decodeUtf8(bytes);
  if (text.trim() === "") throw new JsonBodyError("the body is empty; send a JSON object");
  if (isDeeperThan(MAX_DEPTH, text)) {
    throw new JsonBodyError(`the body is nested deeper than ${MAX_DEPTH} levels; no request needs that`);
  }
  return parse(text);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new JsonBodyError("the body is not valid UTF-8; send JSON in UTF-8, uncompressed", { cause });
  }
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    // V8's text quotes the body, which may hold a token, so only the place is kept.
    const place = /position \d+/.exec(cause instanceof Error ? cause.message : "")?.[0];
    const where = place === undefined ? "" : ` at ${place}`;
    throw new JsonBodyError(`the body is not valid JSON${where}; send a JSON object`, { cause });
  }
}
