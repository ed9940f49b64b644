import type { Socket } from "node:net";

/** What a network does to the bytes on it. */
export interface LinkConditions {
  /** Connections are reset, new ones too. */
  readonly isCut?: boolean;
  /** Nothing passes: connections stay, and new ones are taken. */
  readonly isSilent?: boolean;
  /** Each way. */
  readonly delayMs?: number;
  /** Each way, of all connections together. */
  readonly bytesPerSecond?: number;
  /** Of a server that speaks HTTP/2: what it is asked passes, and its answer resets the connection. */
  readonly losesAnswers?: boolean;
}

/** More than this is not read ahead of what may pass. */
const MAX_WAITING_BYTES = 4 << 20;
/** A limited line passes slices, this often. */
const SLICES_PER_SECOND = 20;

interface Waiting {
  /** Undefined for the end. */
  readonly bytes: Buffer | undefined;
  readonly arrivedAtMs: number;
}

/** One direction of a link; its connections share the bytes per second. */
export class Line {
  conditions: LinkConditions = {};
  #freeAtMs = 0;

  /** How many of some bytes that arrived at a time may pass now; otherwise, how long they have to wait. */
  admit(length: number, arrivedAtMs: number): { readonly bytes: number; readonly waitMs: number } {
    const { delayMs = 0, bytesPerSecond } = this.conditions;
    const now = performance.now();
    const dueAtMs = Math.max(arrivedAtMs + delayMs, bytesPerSecond === undefined ? 0 : this.#freeAtMs);
    if (dueAtMs > now) return { bytes: 0, waitMs: dueAtMs - now };
    if (bytesPerSecond === undefined) return { bytes: length, waitMs: 0 };
    const bytes = Math.min(length, Math.ceil(bytesPerSecond / SLICES_PER_SECOND));
    this.#freeAtMs = now + (bytes * 1000) / bytesPerSecond;
    return { bytes, waitMs: 0 };
  }
}

/** Moves the bytes of one connection in one direction, in their order, as its line lets them. */
export class OneWay {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #line: Line;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, line: Line) {
    this.#from = from;
    this.#to = to;
    this.#line = line;
    from.on("data", (bytes: Buffer) => this.#take(bytes));
    from.on("end", () => this.#take(undefined));
    to.on("drain", () => this.pass());
    to.on("close", () => clearTimeout(this.#timer));
  }

  /** To be called when the conditions have changed. */
  pass(): void {
    clearTimeout(this.#timer);
    for (let head = this.#waiting[0]; head !== undefined; head = this.#waiting[0]) {
      if (this.#line.conditions.isSilent === true || this.#to.destroyed || this.#to.writableNeedDrain) return;
      const { bytes: count, waitMs } = this.#line.admit(head.bytes?.length ?? 0, head.arrivedAtMs);
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pass(), waitMs);
        return;
      }
      this.#send(head, count);
    }
  }

  #send({ bytes, arrivedAtMs }: Waiting, count: number): void {
    if (bytes === undefined) {
      this.#waiting.shift();
      this.#to.end();
      return;
    }
    if (count < bytes.length) this.#waiting[0] = { bytes: bytes.subarray(count), arrivedAtMs };
    else this.#waiting.shift();
    this.#waitingBytes -= count;
    this.#to.write(bytes.subarray(0, count));
    if (this.#waitingBytes < MAX_WAITING_BYTES) this.#from.resume();
  }

  #take(bytes: Buffer | undefined): void {
    this.#waiting.push({ bytes, arrivedAtMs: performance.now() });
    this.#waitingBytes += bytes?.length ?? 0;
    if (this.#waitingBytes >= MAX_WAITING_BYTES) this.#from.pause();
    this.pass();
  }
}
