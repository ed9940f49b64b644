import type { CollectionName } from "../model/selection.js";
import { untilAborted } from "../async/abort.js";

/**
 * Who may use a name of the target. A collection that was dropped and made
 * anew has the same name with another id, and its successor must wait until
 * the drop has been carried out. First come, first served.
 */
export class NameLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Resolves with the function that gives the name free, once everyone before has done so. */
  async acquire({ database, name }: CollectionName, signal: AbortSignal): Promise<() => void> {
    const key = JSON.stringify([database, name]);
    const before = this.#tails.get(key) ?? Promise.resolve();
    let release = (): void => undefined;
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    const tail = before.then(() => mine);
    this.#tails.set(key, tail);
    void tail.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    try {
      await untilAborted(before, signal);
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }
}
