import { sleep } from "../async/abort.js";
import { renderArrivals, type Arrivals } from "./arrivals.js";
import type { MilvusSide } from "./milvus-side.js";
import { idRange, productRow } from "./products.js";
import { QuickstartError, textOf } from "./quickstart-error.js";
import { runStep } from "./step.js";
import type { Terminal } from "./terminal.js";
import { together } from "./together.js";
import { watchArrivals } from "./watch-arrivals.js";

const BATCHES = 40;
const ROWS_PER_BATCH = 25;
const BATCH_INTERVAL_MS = 75;
const ARRIVAL_TIMEOUT_MS = 60_000;

/** How many rows of those inserted are changed afterwards. */
export const CHANGES = { inserted: BATCHES * ROWS_PER_BATCH, upserted: 100, deleted: 50 } as const;

/** Both sides and where to tell about them. */
export interface Scene {
  readonly source: MilvusSide;
  readonly target: MilvusSide;
  readonly arrivals: Arrivals;
  readonly terminal: Terminal;
}

/** Inserts rows into the source while watching them arrive. @throws QuickstartError when they don't */
export async function insertAndWatch(scene: Scene, signal: AbortSignal): Promise<void> {
  const { terminal, arrivals } = scene;
  let lastError: unknown;
  const step = { what: "the rows' way to the target", timeoutMs: ARRIVAL_TIMEOUT_MS, signal };
  try {
    await runStep(step, (bounded) => insertAndArrive(scene, bounded, (error) => (lastError = error)));
  } catch (error) {
    signal.throwIfAborted();
    const hint = lastError === undefined ? "" : ` (the target's last error: ${textOf(lastError)})`;
    throw new QuickstartError(`${textOf(error)}; ${renderArrivals(arrivals.summary())}${hint}`, {
      cause: undefined,
    });
  }
  terminal.line(`  ${renderArrivals(arrivals.summary())}`);
}

async function insertAndArrive(
  scene: Scene,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  const { target, terminal, arrivals } = scene;
  let isWritten = false;
  const onLook = (): void => showArrivals(terminal, arrivals);
  const isDone = (): boolean => isWritten && arrivals.firstPending === undefined;
  await together(
    signal,
    async (linked) => {
      await insertBatches(scene, linked);
      isWritten = true;
    },
    (linked) => watchArrivals(target, arrivals, { onLook, onError }, linked, isDone),
  );
}

function showArrivals(terminal: Terminal, arrivals: Arrivals): void {
  const summary = arrivals.summary();
  if (summary.written > 0) terminal.live(`  ${renderArrivals(summary)}`);
}

async function insertBatches({ source, arrivals }: Scene, signal: AbortSignal): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch++) {
    const ids = idRange(1 + batch * ROWS_PER_BATCH, ROWS_PER_BATCH);
    await source.insert(
      ids.map((id) => productRow(id)),
      signal,
    );
    arrivals.acknowledged(ids, performance.now());
    await sleep(BATCH_INTERVAL_MS, signal);
  }
}

/** Replaces the first rows by others of the same keys and deletes the last ones. */
export async function upsertAndDelete({ source, terminal }: Scene, signal: AbortSignal): Promise<void> {
  const { inserted, upserted, deleted } = CHANGES;
  await source.upsert(
    idRange(1, upserted).map((id) => productRow(id, 2)),
    signal,
  );
  await source.delete(idRange(inserted - deleted + 1, deleted), signal);
  terminal.line(`  then ${upserted} rows changed by upsert, ${deleted} deleted`);
}
