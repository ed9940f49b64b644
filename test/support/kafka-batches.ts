/** What a broker's record batch says of itself. */
export interface BatchInit {
  readonly base?: bigint;
  readonly attributes?: number;
  /** How many records it says it has. */
  readonly count: number;
  /** Of the last record, seen from the first. */
  readonly lastDelta?: number;
  readonly records: Buffer;
}

/** A record batch in Kafka's format since 0.11, its checksum left out. */
export function batchOf({
  base = 0n,
  attributes = 0,
  count,
  lastDelta = count - 1,
  records,
}: BatchInit): Buffer {
  const header = Buffer.alloc(61);
  header.writeBigInt64BE(base, 0);
  header.writeInt32BE(49 + records.length, 8);
  header.writeInt8(2, 16);
  header.writeInt16BE(attributes, 21);
  header.writeInt32BE(lastDelta, 23);
  header.writeBigInt64BE(1_000n, 27);
  header.writeBigInt64BE(2_000n, 35);
  header.writeInt32BE(count, 57);
  return Buffer.concat([header, records]);
}

/** The records of some values, as they lie in a batch. */
export function recordsOf(values: readonly (Buffer | null)[]): Buffer {
  return Buffer.concat(
    values.map((value, i) => {
      const length = value === null ? zigzag(-1) : Buffer.concat([zigzag(value.length), value]);
      const record = Buffer.concat([Buffer.of(0), zigzag(i * 10), zigzag(i), zigzag(-1), length, zigzag(0)]);
      return Buffer.concat([zigzag(record.length), record]);
    }),
  );
}

function zigzag(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value < 0 ? -2 * value - 1 : 2 * value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}

/** A few bytes of zstd that unpack to as many zeros as told, in blocks of 128 KiB. */
export function zstdBomb(bytes: number): Buffer {
  const block = 128 << 10;
  const blocks = Math.ceil(bytes / block);
  const bomb = Buffer.alloc(6 + 4 * blocks);
  bomb.writeUInt32LE(0xfd2fb528, 0);
  bomb.writeUInt8(0, 4); // no size, no checksum
  bomb.writeUInt8(0x38, 5); // a window of 128 KiB
  for (let i = 0; i < blocks; i++) {
    const isLast = i === blocks - 1 ? 1 : 0;
    bomb.writeUIntLE((block << 3) | (1 << 1) | isLast, 6 + 4 * i, 3);
  }
  return bomb;
}
