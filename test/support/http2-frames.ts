/** What a client of HTTP/2 says first. */
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const FrameType = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const Flag = { ack: 1, endStream: 1, endHeaders: 4 } as const;

/** One frame of HTTP/2. */
export function http2Frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.of(),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export type HeaderLine = readonly [name: string, value: string];

/** Headers in HPACK's plainest form: nothing indexed, nothing in Huffman's code. */
export function hpack(headers: readonly HeaderLine[]): Buffer {
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.of(0x10), text(name), text(value)]));
}

/** Opens a request; its body follows unless the flags end it. */
export function requestFrame(stream: number, flags: number = Flag.endHeaders): Buffer {
  const headers = {
    ":method": "POST",
    ":path": "/cdc",
    ":scheme": "http",
    ":authority": "a",
    "content-type": "application/json",
  };
  return http2Frame(FrameType.headers, flags, stream, hpack(Object.entries(headers)));
}

/** Of up to 16 KiB. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length =
    bytes.length < 127
      ? [bytes.length]
      : [127, ((bytes.length - 127) & 0x7f) | 0x80, (bytes.length - 127) >> 7];
  return Buffer.concat([Buffer.from(length), bytes]);
}
