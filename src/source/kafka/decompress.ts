import { promisify } from "node:util";
import zlib from "node:zlib";
import { Decoder } from "@toondepauw/node-zstd";
import { zstdBound } from "./zstd-bound.js";

/** Below this, handing a buffer to another thread costs more than decompressing it. */
const SYNC_BELOW_BYTES = 32 << 10;
/** Milvus writes batches of up to 10 MiB. Who makes a small one unpack to more wants to fill the memory. */
const MAX_BATCH_BYTES = 64 << 20;
/** Blocks are counted as full, and small writes make small ones. */
const MAX_ZSTD_BOUND = 4 * MAX_BATCH_BYTES;

type Decompress = (data: Buffer) => Buffer | Promise<Buffer>;

const gunzip = promisify(zlib.unzip);
const zstd = zstdDecompress();

/** By Kafka's numbers of compressions: the two that Milvus's log is known to have. */
const DECOMPRESS: Readonly<Record<number, Decompress>> = {
  1: (data) => gunzip(data, { maxOutputLength: MAX_BATCH_BYTES }),
  4: zstd,
};

/** What unpacks a batch, and rejects one that is broken or far too large; undefined for a compression that is not known. */
export function decompressor(compression: number): Decompress | undefined {
  return DECOMPRESS[compression];
}

/** Node's own decoder where it has one (22.15 and later), else a prebuilt addon; wasm is half as fast. */
function zstdDecompress(): Decompress {
  const own: unknown = "zstdDecompressSync" in zlib ? zlib.zstdDecompressSync : undefined;
  if (typeof own === "function") {
    const decompress = own as (data: Buffer, options: zlib.ZlibOptions) => Buffer;
    return (data) => decompress(data, { maxOutputLength: MAX_BATCH_BYTES });
  }
  const decoder = new Decoder();
  return (data) => {
    if (zstdBound(data) > MAX_ZSTD_BOUND)
      throw new RangeError(`it unpacks to more than ${MAX_BATCH_BYTES} bytes`);
    return data.length < SYNC_BELOW_BYTES ? decoder.decodeSync(data) : decoder.decode(data);
  };
}
