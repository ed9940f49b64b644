import { setTimeout as delay } from "node:timers/promises";
import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { TestCollection } from "../../support/e2e-collection.js";
import { MixedLoad } from "../../support/e2e-load.js";
import { Random } from "../../support/random.js";

const PAUSE_MS = 250;
/** So many of the collections that come and go are there at a time. */
const MAX_COMING_AND_GOING = 4;

/**
 * Writes to the source until it is stopped, also while the source fails: rows of
 * every kind, and collections that come and go. What fails is left as it is, and
 * nothing is tried again, so that the source never has two rows of a key.
 */
export class FaultLoad implements AsyncDisposable {
  readonly #rows: MixedLoad;
  readonly #client: MilvusClient;
  readonly #random: Random;
  readonly #comingAndGoing: TestCollection[] = [];
  #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #made = 0;
  steps = 0;
  failures = 0;

  private constructor(client: MilvusClient, seed: number) {
    this.#client = client;
    this.#rows = new MixedLoad(client, "default", seed);
    this.#random = new Random(seed ^ 0x5eed);
  }

  static async prepare(client: MilvusClient, seed: number): Promise<FaultLoad> {
    const load = new FaultLoad(client, seed);
    await load.#rows.prepare();
    return load;
  }

  get rows(): number {
    return this.#rows.rows;
  }

  start(): void {
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    this.#running = Promise.all([this.#write(signal), this.#comeAndGo(signal)]);
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #write(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.failures += await this.#rows.tryStep();
      this.steps++;
      await pause(PAUSE_MS, signal);
    }
  }

  async #comeAndGo(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#change().catch(() => this.failures++);
      await pause(4 * PAUSE_MS, signal);
    }
  }

  /** A failure half-way leaves a collection without its index, or not loaded: the target has to show that, too. */
  async #change(): Promise<void> {
    if (this.#comingAndGoing.length >= MAX_COMING_AND_GOING) {
      const [gone] = this.#comingAndGoing.splice(this.#random.int(MAX_COMING_AND_GOING), 1);
      await gone?.drop();
      return;
    }
    const collection = new TestCollection(this.#client, `coming_and_going_${++this.#made}`);
    this.#comingAndGoing.push(collection);
    const [shards, rows] = [1 + this.#random.int(2), 1 + this.#random.int(200)];
    const hasPartition = this.#random.int(2) === 1;
    await collection.create({ shards_num: shards });
    if (hasPartition) await collection.createPartition("p");
    await collection.insert(1, rows, hasPartition ? { partition: "p" } : {});
    await collection.index();
    await collection.load();
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
