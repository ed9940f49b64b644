import * as http2 from "node:http2";
import { send, sendBytes } from "../server-raw-client.js";

/** What an attacker has: the way to the port, and perhaps credentials that are not enough. */
export interface Door {
  readonly port: number;
  readonly tokens: Readonly<Record<"operator" | "reader", string>>;
  /** Of a task that is there. */
  readonly taskId: string;
}

export interface Attack {
  readonly name: string;
  /** All that came back, statuses first; empty where the connection was closed without a word. */
  readonly attempt: (door: Door) => Promise<string>;
  /** What it has to look like. */
  readonly refusal: RegExp;
}

export const SERVICE = "milvus.cdc.v1.CdcService";
export const LIST = '{"request_type":"list"}';

type Headers = Readonly<Record<string, string>>;

/** By HTTP/1.1. */
export async function plain(
  { port }: Door,
  path: string,
  request: { method?: string; headers?: Headers; body?: string | Uint8Array } = {},
): Promise<string> {
  const { status, headers, text } = await send(port, path, request);
  return `${status} ${JSON.stringify(headers)} ${text}`;
}

/** By bytes of one's own. */
export function raw({ port }: Door, text: string, forMs = 1_500): Promise<string> {
  return sendBytes(port, text, forMs).catch(() => "");
}

/** By HTTP/2. */
export function second(
  { port }: Door,
  headers: http2.OutgoingHttpHeaders,
  body: string | Uint8Array = "",
): Promise<string> {
  return new Promise((resolve) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    let answer = "";
    const end = (): void => {
      session.destroy();
      resolve(answer);
    };
    session.on("error", end);
    const stream = session.request({ ":method": "POST", ...headers }, { endStream: false });
    stream.on("response", (found) => (answer += `${String(found[":status"])} ${JSON.stringify(found)} `));
    stream.on("trailers", (found) => (answer += JSON.stringify(found)));
    stream.on("data", (bytes: Buffer) => (answer += bytes.toString("latin1")));
    stream.on("error", end).on("close", end);
    stream.end(body);
  });
}

/** The message of a call, with the frame's head that gRPC and gRPC-Web put before it. */
export function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

export function bearer(token: string): Headers {
  return { authorization: `Bearer ${token}` };
}
