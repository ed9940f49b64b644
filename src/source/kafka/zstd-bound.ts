const FRAME_MAGIC = 0xfd2fb528;
/** The last hex digit of these is the writer's own. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAX_BLOCK_BYTES = 128 << 10;

/**
 * How many bytes zstd data gives at most, by its blocks' headers alone: some decoders know no
 * limit of their own, and a few bytes can stand for gigabytes.
 *
 * @throws RangeError when the data ends too early
 */
export function zstdBound(data: Buffer): number {
  let bound = 0;
  let at = 0;
  while (at < data.length) {
    const magic = data.readUInt32LE(at);
    if (magic === FRAME_MAGIC) {
      const frame = frameBound(data, at + 4);
      bound += frame.bound;
      at = frame.end;
    } else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += 8 + data.readUInt32LE(at + 4);
    } else {
      throw new RangeError("it is no zstd");
    }
  }
  return bound;
}

/** From the frame's descriptor on. */
function frameBound(data: Buffer, start: number): { bound: number; end: number } {
  const descriptor = data.readUInt8(start);
  let at = start + headerBytes(descriptor);
  let bound = 0;
  for (;;) {
    const header = data.readUIntLE(at, 3);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    at += 3 + (type === RLE ? 1 : size);
    bound += type === COMPRESSED ? MAX_BLOCK_BYTES : size;
    if ((header & 1) === 1) break;
  }
  const hasChecksum = (descriptor & 4) !== 0;
  return { bound, end: at + (hasChecksum ? 4 : 0) };
}

const RLE = 1;
const COMPRESSED = 2;

/** The descriptor, the window, the dictionary's id and the content's size. */
function headerBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return 1 + (isSingleSegment ? 0 : 1) + dictionary + contentSize;
}
