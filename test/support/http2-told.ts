import assert from "node:assert/strict";
import { FrameType } from "./http2-frames.js";

const HEAD_BYTES = 9;
const GOAWAY = 7;

/** Names of RFC 9113 for why a stream or a connection is ended. */
const REASONS = [
  ...["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT"],
  ...["STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR"],
  ...["CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"],
];

/** Statuses that HPACK has a byte for. */
const PACKED_STATUSES = ["200", "204", "206", "304", "400", "404", "500"];
const FIRST_PACKED = 0x88;
/** Digits in Huffman's code, as HPACK has it. */
const DIGITS: Readonly<Record<string, string>> = {
  ...{ "00000": "0", "00001": "1", "00010": "2", "011001": "3", "011010": "4" },
  ...{ "011011": "5", "011100": "6", "011101": "7", "011110": "8", "011111": "9" },
};

/**
 * What a server says over HTTP/2, words for each frame that matters: `HEADERS` and the status, a body's text, `RESET` and
 * `GOAWAY` and the reason.
 */
export function toldByHttp2(bytes: Buffer): string {
  const words: string[] = [];
  for (let at = 0; at + HEAD_BYTES <= bytes.length;) {
    const payload = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + bytes.readUIntBE(at, 3));
    words.push(...wordOf(bytes.readUInt8(at + 3), payload));
    at += HEAD_BYTES + payload.length;
  }
  return words.join(" ");
}

function wordOf(type: number, payload: Buffer): string[] {
  if (type === FrameType.headers) return [`HEADERS ${statusIn(payload)}`];
  if (type === FrameType.data && payload.length > 0) return [payload.toString("latin1").trim()];
  if (type === FrameType.reset) return [`RESET ${reasonOf(payload.readUInt32BE())}`];
  if (type === GOAWAY) return [`GOAWAY ${reasonOf(payload.readUInt32BE(4))}`];
  return [];
}

function reasonOf(code: number): string {
  return REASONS[code] ?? String(code);
}

/** The status stands first: a byte, or its digits, in Huffman's code where that is shorter. */
function statusIn(payload: Buffer): string {
  const [first = 0, length = 0] = payload;
  const packed = PACKED_STATUSES[first - FIRST_PACKED];
  if (packed !== undefined) return packed;
  if (length < 0x80) return payload.subarray(2, 2 + length).toString();
  let bits = [...payload.subarray(2, 5)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  let status = "";
  while (status.length < 3) {
    const code = [bits.slice(0, 5), bits.slice(0, 6)].find((one) => one in DIGITS) ?? "";
    status += DIGITS[code] ?? assert.fail("no status");
    bits = bits.slice(code.length);
  }
  return status;
}
