import type { Duplex } from "node:stream";

/** Answers bytes that are no HTTP/1.1 request, or came too slowly, in the form of `/cdc`, and closes. */
export function rejectBadRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, reason, message] = answers[error.code ?? ""] ?? malformed;
  const body = `${JSON.stringify({ code: status, message })}\n`;
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}

type Answer = readonly [status: number, reason: string, message: string];

const malformed: Answer = [400, "Bad Request", "this is no HTTP request that can be read"];

const answers: Readonly<Record<string, Answer>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "the request came too slowly"],
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", "the headers are larger than 16 KiB"],
};
