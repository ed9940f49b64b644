import { Mutex } from "./mutex.js";

/** Many actions at a time, or one alone. One that wants to be alone goes before those that come after it. */
export class SharedLock {
  readonly #alone = new Mutex();
  readonly #shared = new Set<Promise<unknown>>();

  async shared<T>(action: () => Promise<T>): Promise<T> {
    // those that are alone, or wait to be, go first
    const running = await this.#alone.run(() => {
      const started = action();
      const settled = started.then(
        () => undefined,
        () => undefined,
      );
      this.#shared.add(settled);
      void settled.then(() => this.#shared.delete(settled));
      return Promise.resolve({ started });
    });
    return running.started;
  }

  exclusive<T>(action: () => Promise<T>): Promise<T> {
    return this.#alone.run(async () => {
      await Promise.all(this.#shared);
      return action();
    });
  }
}
