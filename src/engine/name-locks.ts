import type { CollectionName } from "../model/selection.js";
import { untilAborted } from "../async/abort.js";

/**
 * Who may use a name of the target. A collection that was dropped and made
 * anew has the same name with another id, and its successor must wait until
 * the drop has been carried out. First come, first served.
 */
export class NameLocks {
  readonly #tails = new Map<string, Promise<void>>();
  /** How many have a name or wait for it. */
  readonly #users = new Map<string, number>();

  /** Whether somebody waits for a name that somebody has. */
  isAwaited(name: CollectionName): boolean {
    return (this.#users.get(keyOf(name)) ?? 0) > 1;
  }

  /** Resolves with the function that gives the name free, once everyone before has done so. */
  async acquire(name: CollectionName, signal: AbortSignal): Promise<() => void> {
    const key = keyOf(name);
    this.#count(key, 1);
    const before = this.#tails.get(key) ?? Promise.resolve();
    let release = (): void => undefined;
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    void mine.then(() => this.#count(key, -1));
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

  #count(key: string, change: number): void {
    const count = (this.#users.get(key) ?? 0) + change;
    if (count > 0) this.#users.set(key, count);
    else this.#users.delete(key);
  }
}

function keyOf({ database, name }: CollectionName): string {
  return JSON.stringify([database, name]);
}
