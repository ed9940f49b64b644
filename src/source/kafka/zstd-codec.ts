import zlib from "node:zlib";
import { Decoder } from "@toondepauw/node-zstd";
import kafkajs from "kafkajs";

/** Below this, handing a buffer to another thread costs more than decompressing it. */
const SYNC_BELOW_BYTES = 32 << 10;

type Decompress = (data: Buffer) => Buffer | Promise<Buffer>;

/**
 * Teaches kafkajs zstd, in which Milvus compresses all but small batches.
 * kafkajs keeps its codecs in one global table, so this is done once at start.
 */
export function registerZstd(): void {
  const decompress = nativeDecompress();
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
    compress: () => Promise.reject(new Error("this service never writes to the log")),
    decompress: (data: Buffer) => Promise.resolve(decompress(data)),
  });
}

/** Node's own decoder where it has one (22.15 and later), else a prebuilt addon; wasm is half as fast. */
function nativeDecompress(): Decompress {
  const own: unknown = "zstdDecompressSync" in zlib ? zlib.zstdDecompressSync : undefined;
  if (typeof own === "function") return own as Decompress;
  const decoder = new Decoder();
  return (data) => (data.length < SYNC_BELOW_BYTES ? decoder.decodeSync(data) : decoder.decode(data));
}
