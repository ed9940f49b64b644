const FRAME_HEADER_BYTES = 9;
const HEADERS = 1;

/**
 * Finds in what a server sends over HTTP/2 where it begins to answer a request:
 * its other frames (settings, windows, pings) come without one.
 */
export class Http2Answers {
  /** What came of the header of the present frame. */
  #header = Buffer.alloc(0);
  #bodyBytesLeft = 0;

  /** Whether an answer begins in the next bytes of the connection. */
  beginsIn(bytes: Buffer): boolean {
    let isFound = false;
    for (let at = 0; at < bytes.length;) {
      const skipped = Math.min(this.#bodyBytesLeft, bytes.length - at);
      this.#bodyBytesLeft -= skipped;
      at += skipped;
      const header = bytes.subarray(at, at + FRAME_HEADER_BYTES - this.#header.length);
      at += header.length;
      isFound = this.#endsHeader(header) === HEADERS || isFound;
    }
    return isFound;
  }

  /** The type of the frame whose header becomes whole with these bytes. */
  #endsHeader(bytes: Buffer): number | undefined {
    this.#header = Buffer.concat([this.#header, bytes]);
    if (this.#header.length < FRAME_HEADER_BYTES) return undefined;
    this.#bodyBytesLeft = this.#header.readUIntBE(0, 3);
    const type = this.#header.readUInt8(3);
    this.#header = Buffer.alloc(0);
    return type;
  }
}
