import { connect } from "node:net";
import { Flag, FrameType, hpack, http2Frame, PREFACE, type HeaderLine } from "../http2-frames.js";
import { toldByHttp2 } from "../http2-told.js";
import { LIST, raw, SERVICE, type Attack, type Door } from "./attack.js";

/** A request that would be answered: it only has to be taken for one. */
function innerOf({ tokens }: Door): string {
  const head = [
    `POST /cdc HTTP/1.1`,
    "Host: a",
    authorization(tokens.reader),
    `Content-Length: ${LIST.length}`,
  ];
  return `${head.join("\r\n")}\r\n\r\n${LIST}`;
}

function authorization(token: string): string {
  return `authorization: Bearer ${token}`;
}

function chunk(inner: string): string {
  return `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
}

type Rest = (inner: string) => string;
const chunked = "Transfer-Encoding: chunked\r\n";

/** Requests whose end two servers could see in two places. */
const heads: readonly (readonly [string, Rest])[] = [
  ["a length and chunks", (inner) => `Content-Length: 4\r\n${chunked}\r\n${chunk(inner)}`],
  ["chunks and a length", (inner) => `${chunked}Content-Length: 4\r\n\r\n${chunk(inner)}`],
  ["two lengths", (inner) => `Content-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`],
  ["a length with a sign", (inner) => `Content-Length: +${inner.length}\r\n\r\n${inner}`],
  ["a length as hex", (inner) => `Content-Length: 0x10\r\n\r\n${inner}`],
  ["a length list", (inner) => `Content-Length: 0, ${inner.length}\r\n\r\n${inner}`],
  ["an unknown coding", (inner) => `Transfer-Encoding: xchunked\r\n\r\n${chunk(inner)}`],
  ["chunks that are not last", (inner) => `Transfer-Encoding: chunked, identity\r\n\r\n${chunk(inner)}`],
  ["a space before the colon", (inner) => `Transfer-Encoding : chunked\r\n\r\n${chunk(inner)}`],
  ["a folded header", (inner) => `X: a\r\n ${chunked}\r\n${chunk(inner)}`],
  ["a carriage return in a value", (inner) => `X: a\r${chunked}\r\n${chunk(inner)}`],
  ["a NUL in a value", () => `X: a\0b\r\n\r\n`],
  ["a chunk's size with a sign", (inner) => `${chunked}\r\n+5\r\nhello\r\n0\r\n\r\n${inner}`],
  ["a chunk's size of 2^64", (inner) => `${chunked}\r\n10000000000000000\r\n${inner}`],
  ["a pseudo header", (inner) => `:path: /cdc\r\n\r\n${inner}`],
];

const first: readonly Attack[] = heads.map(([name, rest]) => ({
  name: `HTTP/1.1: ${name}`,
  attempt: (door) => raw(door, `GET /healthz HTTP/1.1\r\nHost: a\r\n${rest(innerOf(door))}`, 800),
  // the connection ends: nothing of the rest was taken for a request. The open page may have answered before it was read.
  refusal: /^(?:HTTP\/1\.1 200 [^]*connection: close\r\n[^]*"ok"}\s*)?HTTP\/1\.1 400 (?![^]*HTTP\/1\.1)/,
}));

const start: readonly HeaderLine[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":authority", "a"],
];
const path: HeaderLine = [":path", "/cdc"];
const json: HeaderLine = ["content-type", "application/json"];

/** What is no HTTP/2, for all that its sender may ask. */
const MALFORMED = /^RESET PROTOCOL_ERROR$/;
const malformed: readonly (readonly [string, readonly HeaderLine[]])[] = [
  ["chunks", [...start, path, json, ["transfer-encoding", "chunked"]]],
  ["a connection header", [...start, path, json, ["connection", "keep-alive"]]],
  ["an upgrade", [...start, path, json, ["upgrade", "websocket"]]],
  ["a line break in the path", [...start, [":path", "/cdc HTTP/1.1\r\nHost: a"], json]],
  ["two paths", [...start, [":path", "/healthz"], path, json]],
  ["a path behind the headers", [...start, json, path]],
  ["two names of the server", [...start, [":authority", "b"], path, json]],
  ["an unknown pseudo header", [...start, path, [":role", "admin"], json]],
  ["a length that lies", [...start, path, json, ["content-length", "1"]]],
  ["two lengths", [...start, path, json, ["content-length", "1"], ["content-length", String(LIST.length)]]],
  ["a path without a slash", [...start, [":path", `${SERVICE}/ListTasks`], json]],
  ["a whole address as path", [...start, [":path", "http://a/cdc"], json]],
  ["no path", [...start, json]],
  ["capitals in a name", [...start, path, json, ["X-A", "b"]]],
];

/** Credentials that only somebody behind this server would see, had it taken them along. */
const HIDDEN = /^HEADERS 401 \{"code":401,/;
const hidden: readonly (readonly [string, (token: string) => HeaderLine])[] = [
  ["a line break in a value", (token) => ["x-a", `b\r\n${authorization(token)}`]],
  ["a line break in a name", (token) => ["x-a\r\nauthorization", `Bearer ${token}`]],
  ["a space in a name", (token) => ["authorization ", `Bearer ${token}`]],
  ["a NUL in a value", (token) => ["authorization", `Bearer ${token}\0`]],
];

const second: readonly Attack[] = [
  ...malformed.map(([name, headers]): Attack => ({
    name: `HTTP/2: ${name}`,
    attempt: (door) => frames(door, [...headers, bearer(door.tokens.reader)]),
    refusal: MALFORMED,
  })),
  ...hidden.map(([name, headerOf]): Attack => ({
    name: `HTTP/2: a token behind ${name}`,
    attempt: (door) => frames(door, [...start, path, json, headerOf(door.tokens.reader)]),
    refusal: HIDDEN,
  })),
  {
    name: "HTTP/2: CONNECT",
    attempt: (door) =>
      frames(door, [[":method", "CONNECT"], [":authority", "127.0.0.1:22"], bearer(door.tokens.reader)]),
    refusal: /^HEADERS 405$/,
  },
];

/** The same without a trick, which has to be answered: else what is refused could be refused for anything. */
export function rightRequest(door: Door): Promise<string> {
  return frames(door, [...start, path, json, bearer(door.tokens.reader)]);
}

function bearer(token: string): HeaderLine {
  return ["authorization", `Bearer ${token}`];
}

/** What a client of HTTP/2 sends that no library would. */
function frames({ port }: Door, headers: readonly HeaderLine[]): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1");
    const timer = setTimeout(() => socket.destroy(), 800);
    socket.on("data", (bytes) => chunks.push(bytes)).on("error", () => undefined);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(toldByHttp2(Buffer.concat(chunks)));
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

export const smugglingAttacks: readonly Attack[] = [...first, ...second];
