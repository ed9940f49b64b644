import { connect } from "node:net";
import { Flag, FrameType, hpack, http2Frame, PREFACE } from "../http2-frames.js";
import { LIST, raw, SERVICE, type Attack, type Door } from "./attack.js";

const INNER = `POST /cdc HTTP/1.1\r\nHost: a\r\nContent-Length: ${LIST.length}\r\n\r\n${LIST}`;
const CHUNK = `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`;

/** Requests whose end two servers could see in two places. */
const heads: readonly (readonly [string, string])[] = [
  ["a length and chunks", `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNK}`],
  ["chunks and a length", `Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${CHUNK}`],
  ["two lengths", `Content-Length: 0\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`],
  ["a length with a sign", `Content-Length: +${INNER.length}\r\n\r\n${INNER}`],
  ["a length as hex", `Content-Length: 0x10\r\n\r\n${INNER}`],
  ["a length list", `Content-Length: 0, ${INNER.length}\r\n\r\n${INNER}`],
  ["an unknown coding", `Transfer-Encoding: xchunked\r\n\r\n${CHUNK}`],
  ["chunks that are not last", `Transfer-Encoding: chunked, identity\r\n\r\n${CHUNK}`],
  ["a space before the colon", `Transfer-Encoding : chunked\r\n\r\n${CHUNK}`],
  ["a folded header", `X: a\r\n Transfer-Encoding: chunked\r\n\r\n${CHUNK}`],
  ["a carriage return in a value", `X: a\rTransfer-Encoding: chunked\r\n\r\n${CHUNK}`],
  ["a NUL in a value", `X: a\0b\r\n\r\n`],
  ["a chunk's size with a sign", `Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n${INNER}`],
  ["a chunk's size of 2^64", `Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n${INNER}`],
  ["a pseudo header", `:path: /cdc\r\n\r\n${INNER}`],
];

const first: readonly Attack[] = heads.map(([name, rest]) => ({
  name: `HTTP/1.1: ${name}`,
  attempt: (door) => raw(door, `GET /healthz HTTP/1.1\r\nHost: a\r\n${rest}`, 800),
  // the connection ends: nothing of the rest was taken for a request. The open page may have answered before it was read.
  refusal: /^(?:HTTP\/1\.1 200 [^]*connection: close\r\n[^]*"ok"}\s*)?HTTP\/1\.1 400 (?![^]*HTTP\/1\.1)/,
}));

const base = { ":method": "POST", ":scheme": "http", ":authority": "a", "content-type": "application/json" };
const requests: readonly (readonly [string, Record<string, string>])[] = [
  ["chunks", { ...base, ":path": "/cdc", "transfer-encoding": "chunked" }],
  ["a connection header", { ...base, ":path": "/cdc", connection: "keep-alive" }],
  ["an upgrade", { ...base, ":path": "/cdc", upgrade: "websocket" }],
  ["a request line in the path", { ...base, ":path": `/healthz HTTP/1.1\r\nHost: a\r\n\r\n${INNER}` }],
  ["a line break in a value", { ...base, ":path": "/healthz", "x-a": `b\r\nauthorization: Bearer x` }],
  ["a line break in a name", { ...base, ":path": "/healthz", "x-a\r\nauthorization": "Bearer x" }],
  ["capitals in a name", { ...base, ":path": "/cdc", Authorization: "Bearer x" }],
  ["a second path", { ":path": "/healthz", ...base, ":path ": "/cdc" }],
  ["an unknown pseudo header", { ...base, ":path": "/cdc", ":role": "admin" }],
  ["a length that lies", { ...base, ":path": "/cdc", "content-length": "1" }],
  ["a path without a slash", { ...base, ":path": `${SERVICE}/ListTasks` }],
  ["a whole address as path", { ...base, ":path": "http://a/cdc" }],
  ["CONNECT", { ":method": "CONNECT", ":authority": "127.0.0.1:22" }],
];

const next: readonly Attack[] = requests.map(([name, headers]) => ({
  name: `HTTP/2: ${name}`,
  attempt: (door) => frames(door, headers),
  refusal: /^(?![^]*"data")/,
}));

/** What a client of HTTP/2 sends that no library would; what comes back is bytes. */
function frames({ port }: Door, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1");
    const timer = setTimeout(() => socket.destroy(), 800);
    socket.on("data", (bytes) => chunks.push(bytes)).on("error", () => undefined);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString("latin1"));
    });
    socket.write(
      Buffer.concat([
        PREFACE,
        http2Frame(FrameType.settings, 0, 0),
        http2Frame(FrameType.headers, Flag.endHeaders, 1, hpack(headers)),
        http2Frame(FrameType.data, Flag.endStream, 1, Buffer.from(LIST)),
      ]),
    );
  });
}

export const smugglingAttacks: readonly Attack[] = [...first, ...next];
