import { constants, type ServerHttp2Stream } from "node:http2";

/**
 * Ends a stream of HTTP/2 whatever its session does. Where Node's HTTP/2 itself has ended the session, over a flood of
 * resets, nothing is sent any more, and a stream that is only closed stays open for ever.
 */
export function cancelStream(stream: ServerHttp2Stream): void {
  stream.close(constants.NGHTTP2_CANCEL);
  setImmediate(() => stream.destroy());
}
