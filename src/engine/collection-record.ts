import { Mutex } from "../async/mutex.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import type { LaneDeps } from "./lane-deps.js";

/** What is remembered of one collection: the one place where it changes. */
export class CollectionRecord {
  readonly #deps: Pick<LaneDeps, "remember" | "forget">;
  readonly #mutex = new Mutex();
  #current: ReplicatedCollection;
  #isForgotten = false;

  constructor(collection: ReplicatedCollection, deps: Pick<LaneDeps, "remember" | "forget">) {
    this.#current = collection;
    this.#deps = deps;
  }

  get current(): ReplicatedCollection {
    return this.#current;
  }

  get isForgotten(): boolean {
    return this.#isForgotten;
  }

  /** Resolves when the change is durable; a forgotten collection stays forgotten. */
  change(
    change:
      Partial<ReplicatedCollection> | ((current: ReplicatedCollection) => Partial<ReplicatedCollection>),
  ): Promise<void> {
    return this.#mutex.run(async () => {
      if (this.#isForgotten) return;
      const some = typeof change === "function" ? change(this.#current) : change;
      const changed = { ...this.#current, ...some };
      await this.#deps.remember(changed);
      this.#current = changed;
    });
  }

  forget(): Promise<void> {
    return this.#mutex.run(async () => {
      await this.#deps.forget(this.#current.id);
      this.#isForgotten = true;
    });
  }
}
