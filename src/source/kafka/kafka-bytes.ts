/** Reads Kafka's wire format. Every read past the end is a RangeError. */
export class KafkaBytes {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#advance(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#advance(8));
  }

  /** Zigzag, of up to 64 bits. */
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes.readUInt8(this.#advance(1));
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    }
    throw new RangeError("a number of more than ten bytes");
  }

  take(length: number): Buffer {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Bytes behind their length, which is -1 for none at all. */
  varBytes(): Buffer | null {
    const length = Number(this.varint());
    return length === -1 ? null : this.take(length);
  }

  text(): string {
    return this.take(this.int16()).toString();
  }

  /** A list behind its length, which may be -1. */
  list<T>(read: () => T): T[] {
    const length = this.int32();
    const items: T[] = [];
    // never allocated by what the bytes say: each item has to be there
    for (let i = 0; i < length; i++) items.push(read());
    return items;
  }

  #advance(length: number): number {
    const at = this.#at;
    if (!(length >= 0 && length <= this.left)) throw new RangeError(`${length} bytes of ${this.left}`);
    this.#at += length;
    return at;
  }
}
