import { once } from "node:events";
import net from "node:net";

const PROBE_TIMEOUT_MS = 2_000;
const API_VERSIONS = 18;

/** Whether a Kafka broker answers an ApiVersions request on 127.0.0.1 without an error. Never rejects. */
export async function isKafkaAnswering(port: number, signal: AbortSignal): Promise<boolean> {
  const socket = net.connect(port, "127.0.0.1");
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
  try {
    socket.end(encodeApiVersionsRequest());
    const [answer] = (await once(socket, "data", { signal: bounded })) as [Buffer];
    // size (4), correlation id (4), error code (2)
    return answer.length >= 10 && answer.readInt32BE(4) === API_VERSIONS && answer.readInt16BE(8) === 0;
  } catch {
    return false;
  } finally {
    socket.on("error", () => undefined);
    socket.destroy();
  }
}

/** Version 0 of the request: size, api key, version, correlation id, client id (none). */
function encodeApiVersionsRequest(): Buffer {
  const request = Buffer.alloc(14);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(API_VERSIONS, 4);
  request.writeInt16BE(0, 6);
  request.writeInt32BE(API_VERSIONS, 8);
  request.writeInt16BE(-1, 12);
  return request;
}
