import { setTimeout as delay } from "node:timers/promises";
import { MilvusRpc } from "../../src/milvus/milvus-rpc.js";
import { targetAddress } from "../../src/model/target-address.js";
import { TestCollection, type Names } from "../support/e2e-collection.js";
import { LagWatch } from "./lag-watch.js";
import { percentiles, type Line } from "./line.js";
import type { BenchOptions } from "./options.js";
import { Scene } from "./scene.js";
import { insertSteadily } from "./steady-inserts.js";
import { visibleIds, type Consistency } from "./visible-ids.js";

/** How one looks: a Strong read takes some 0.3 s, so the next ones begin before it ends. */
const LOOKS = {
  Eventually: { everyMs: 5, atOnce: 1 },
  Strong: { everyMs: 50, atOnce: 16 },
} as const;
const GOALS = { Eventually: [50, 100, 150], Strong: [400, 500, 600] } as const;
const RATES = [10, 100, 1_000];
/** Of the inserts a second for which something was promised. */
const MAX_PROMISED_RATE = 100;

/** From the acknowledgement of a single row to the end of the first read that shows it on the target. */
export async function lag(options: BenchOptions): Promise<readonly Line[]> {
  await using scene = await Scene.open(options);
  await using service = await scene.startService();
  await service.createTask(scene.sandbox.target.uri);
  const { source, target } = scene.sandbox;
  const replicated = new TestCollection(scene.source, "lag", { dim: options.dim });
  const own = new TestCollection(scene.target, "own", { dim: options.dim });
  const lines: Line[] = [];
  for (const [collection, from] of [
    [replicated, source.uri],
    [own, target.uri],
  ] as const) {
    await collection.createLoaded();
    using line = Writing.open(from, target.uri, collection.names);
    await line.untilItShows();
    for (const reads of ["Eventually", "Strong"] as const) {
      for (const perSecond of collection === replicated ? RATES : RATES.slice(0, 1)) {
        await scene.calm();
        const { lagsMs, reached } = await line.measure(reads, perSecond, options);
        const rate = `${perSecond} inserts/s${reached < perSecond * 0.95 ? ` (came to ${Math.round(reached)})` : ""}`;
        const goal = collection === replicated && perSecond <= MAX_PROMISED_RATE ? GOALS[reads] : undefined;
        const name = collection === replicated ? "lag" : "the target alone, written directly";
        lines.push(percentiles(`${name}: ${rate}, ${reads} reads, p50 / p95 / p99`, lagsMs, goal));
        console.error(`  ${lines.at(-1)?.name ?? ""}: ${lines.at(-1)?.measured ?? ""}`);
      }
    }
  }
  return lines;
}

/** Rows that are written at one end and looked for at the other. */
class Writing implements Disposable {
  readonly #writer: MilvusRpc;
  readonly #reader: MilvusRpc;
  readonly #names: Names;
  #nextId = 1;

  private constructor(writer: MilvusRpc, reader: MilvusRpc, names: Names) {
    this.#writer = writer;
    this.#reader = reader;
    this.#names = names;
  }

  static open(from: string, to: string, names: Names): Writing {
    const writer = new MilvusRpc("source", targetAddress({ uri: from }));
    return new Writing(writer, new MilvusRpc("target", targetAddress({ uri: to })), names);
  }

  /** Until the collection is there, and loaded. */
  async untilItShows(): Promise<void> {
    for (;;) {
      const isThere = await visibleIds(this.#reader, this.#names, 0, "Eventually").then(
        () => true,
        () => false,
      );
      if (isThere) return;
      await delay(100);
    }
  }

  async measure(
    reads: Consistency,
    perSecond: number,
    { seconds, dim }: BenchOptions,
  ): Promise<{ lagsMs: readonly number[]; reached: number }> {
    const watch = new LagWatch();
    const isOver = new AbortController();
    const looking = this.#look(watch, reads, isOver.signal);
    const firstId = this.#nextId;
    this.#nextId += perSecond * seconds;
    const reached = await insertSteadily(
      this.#writer,
      this.#names,
      { perSecond, seconds, dim, firstId },
      watch,
    );
    while (watch.lowestUnseen !== undefined) await delay(10);
    isOver.abort();
    await looking;
    return { lagsMs: watch.lagsMs, reached };
  }

  /** Looks again and again; several looks are under way at once where one takes long. */
  async #look(watch: LagWatch, reads: Consistency, signal: AbortSignal): Promise<void> {
    const { everyMs, atOnce } = LOOKS[reads];
    const underWay = new Set<Promise<void>>();
    while (!signal.aborted) {
      const lowest = watch.lowestUnseen;
      if (lowest !== undefined) {
        const look = visibleIds(this.#reader, this.#names, lowest, reads)
          .then((ids) => watch.seen(ids))
          .finally(() => underWay.delete(look));
        underWay.add(look);
        if (underWay.size >= atOnce) await Promise.race(underWay);
      }
      await delay(everyMs);
    }
    await Promise.all(underWay);
  }

  [Symbol.dispose](): void {
    this.#writer.close();
    this.#reader.close();
  }
}
