const HEAD_BYTES = 5;

/** One frame of gRPC, gRPC-Web or a Connect stream. */
export interface Frame {
  readonly flags: number;
  readonly payload: Buffer;
}

/** Cuts bytes into frames, in time that grows with the bytes and not with how many pieces they come in. */
export class FrameSplitter {
  readonly #checkLength: (length: number) => void;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #wanted = HEAD_BYTES;

  /** `checkLength` throws for a length that is not to be waited for. */
  constructor(checkLength: (length: number) => void) {
    this.#checkLength = checkLength;
  }

  /** Whether the bytes so far end inside of a frame. */
  get isInside(): boolean {
    return this.#bytes > 0;
  }

  /** The frames that these bytes complete. */
  push(piece: Uint8Array): readonly Frame[] {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes < this.#wanted) return [];
    const frames: Frame[] = [];
    let rest = Buffer.concat(this.#pieces);
    for (;;) {
      this.#wanted = this.#lengthOf(rest);
      if (rest.length < this.#wanted || rest.length < HEAD_BYTES) break;
      frames.push({ flags: rest.readUInt8(0), payload: rest.subarray(HEAD_BYTES, this.#wanted) });
      rest = rest.subarray(this.#wanted);
    }
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
    return frames;
  }

  #lengthOf(bytes: Buffer): number {
    if (bytes.length < HEAD_BYTES) return HEAD_BYTES;
    const length = bytes.readUInt32BE(1);
    this.#checkLength(length);
    return HEAD_BYTES + length;
  }
}

/** A frame that is not compressed, as bytes. */
export function plainFrame(payload: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}
