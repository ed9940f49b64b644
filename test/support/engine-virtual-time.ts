/** A timer that waits in virtual time. */
interface VirtualTimer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  now: Date.now,
  monotonic: performance.now.bind(performance),
};

/**
 * Timers that fire when a test says so, in place of the process's own: minutes
 * of saves, retries and looks pass in milliseconds, and always in the same order.
 * `using` gives the real ones back.
 */
export class VirtualTime implements Disposable {
  #now = 1_700_000_000_000;
  #wrongByMs = 0;
  #order = 0;
  #timers = new Set<VirtualTimer>();

  constructor() {
    const set = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): unknown => {
      const timer: VirtualTimer = { at: this.#now + ms, order: this.#order++, run: () => run(...args) };
      this.#timers.add(timer);
      return Object.assign(timer, { unref: () => timer, ref: () => timer, hasRef: () => false });
    };
    globalThis.setTimeout = set as typeof setTimeout;
    const clear = (timer: unknown): void => void this.#timers.delete(timer as VirtualTimer);
    globalThis.clearTimeout = clear;
    Date.now = () => this.#now + this.#wrongByMs;
    performance.now = () => this.#now;
  }

  [Symbol.dispose](): void {
    globalThis.setTimeout = real.setTimeout;
    globalThis.clearTimeout = real.clearTimeout;
    Date.now = real.now;
    performance.now = real.monotonic;
  }

  /** The machine's clock is set; time itself goes on. */
  setClockWrongBy(ms: number): void {
    this.#wrongByMs = ms;
  }

  get now(): number {
    return this.#now;
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Forgets all timers: of a process that died. */
  clear(): void {
    this.#timers.clear();
  }

  /** Lets everything go on that waits for no timer. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Lets time pass. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.settle();
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next())
      await this.#fire(next);
    this.#now = end;
  }

  /** Lets time pass until something holds. Fails when it does not within `maxMs` of virtual time. */
  async until(what: string, holds: () => boolean | Promise<boolean>, maxMs = 120_000): Promise<void> {
    const end = this.#now + maxMs;
    await this.settle();
    while (!(await holds())) {
      const next = this.#next();
      if (next === undefined || next.at > end) throw new Error(`not within ${maxMs} ms: ${what}`);
      await this.#fire(next);
    }
  }

  /** The same for a promise, whose value or error it gives. */
  async whenDone<T>(what: string, promise: Promise<T>, maxMs?: number): Promise<T> {
    let isDone = false;
    const ended = promise.then(
      () => (isDone = true),
      () => (isDone = true),
    );
    await this.until(what, () => isDone, maxMs);
    await ended;
    return promise;
  }

  #next(): VirtualTimer | undefined {
    let first: VirtualTimer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }

  async #fire(timer: VirtualTimer): Promise<void> {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.run();
    await this.settle();
  }
}
