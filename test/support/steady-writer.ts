import { setTimeout as delay } from "node:timers/promises";
import type { TestCollection } from "./e2e-collection.js";

const ROWS = 20;
const PAUSE_MS = 20;

/** Inserts a few rows again and again until it is stopped; one that fails, since a server hangs, is left out. */
export class SteadyWriter implements AsyncDisposable {
  readonly #collection: TestCollection;
  readonly #running: Promise<void>;
  #isStopped = false;
  #next: number;

  constructor(collection: TestCollection, first: number) {
    this.#collection = collection;
    this.#next = first;
    this.#running = this.#run();
  }

  /** The first id that was not tried yet. */
  get next(): number {
    return this.#next;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const first = this.#next;
      this.#next += ROWS;
      await this.#collection.insert(first, first + ROWS - 1).catch(() => undefined);
      await delay(PAUSE_MS);
    }
  }
}
