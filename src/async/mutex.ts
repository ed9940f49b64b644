/** Runs one action at a time, in the order of the calls. */
export class Mutex {
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Whether nothing runs or waits. */
  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  run<T>(action: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const result = this.#tail.then(action).finally(() => this.#waiting--);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
