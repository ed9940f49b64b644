import { fullName } from "../model/selection.js";
import { untilAborted } from "../async/abort.js";
import { CdcError } from "../model/errors.js";
import type { CollectionId, HybridTs, TaskId } from "../model/ids.js";
import type { TaskRecord } from "../model/task.js";
import type { VerifyOptions, VerifyUpdate } from "../model/verification.js";
import type { RowRepairs } from "./row-repairs.js";
import type { TaskView } from "./task-view.js";

export interface SwitchoverOptions extends Pick<VerifyOptions, "level" | "maxRowsPerSecond"> {
  /** How long the target may take to come up to the source, in ms. */
  readonly maxWaitMs: number;
}

/** What a switch-over tells, in this order; without a proof that is clean there is no pause. */
export type SwitchoverUpdate =
  /** All that the source had written at this time is on the target. */
  | { readonly kind: "drained"; readonly ts: HybridTs }
  | VerifyUpdate
  /** The last one. */
  | { readonly kind: "done"; readonly isPaused: boolean; readonly next: string };

export interface SwitchoverDeps {
  readonly get: (id: TaskId) => Promise<TaskView>;
  /** The source's time. */
  readonly now: (task: TaskRecord, signal: AbortSignal) => Promise<HybridTs>;
  /** Of a collection that is streaming now. */
  readonly repairsOf: (id: TaskId, collection: CollectionId) => RowRepairs | undefined;
  readonly verify: (id: TaskId, options: VerifyOptions, signal: AbortSignal) => AsyncIterable<VerifyUpdate>;
  readonly pause: (id: TaskId) => Promise<void>;
}

const NEXT = {
  paused:
    "the target equals the source as of the time that was drained: send clients to the target; " +
    "to go back, create a task from there to here before anything is written",
  differs:
    "the target differs, and the task goes on: repair it (milvus-cdc verify TASK --repair) and try again",
  incomplete:
    "no difference was found, and not all could be compared, as the problems say, so the task goes on; load what is not loaded",
} as const;

/**
 * Brings clients from the source to the target: waits until the target has all that the source has, proves both equal,
 * and pauses the task. Writers have to be stopped before: what they write afterwards stays behind.
 *
 * @throws CdcError TASK_STATE_CONFLICT when the task does not run, a collection cannot go on, or the target is too far behind
 */
export async function* switchOver(
  id: TaskId,
  options: SwitchoverOptions,
  deps: SwitchoverDeps,
  signal: AbortSignal,
): AsyncGenerator<SwitchoverUpdate, void> {
  const view = await deps.get(id);
  checkReady(view);
  const ts = await deps.now(view.task, signal);
  await drained(view, ts, options.maxWaitMs, deps, signal);
  yield { kind: "drained", ts };
  const { level, maxRowsPerSecond } = options;
  let found = { isEqual: false, isComplete: false };
  for await (const update of deps.verify(
    id,
    { level, maxRowsPerSecond, repair: false, dryRun: false },
    signal,
  )) {
    if (update.kind === "result") found = update.result;
    yield update;
  }
  const isPaused = found.isEqual && found.isComplete;
  if (isPaused) await deps.pause(id);
  const next = isPaused ? NEXT.paused : found.isEqual ? NEXT.incomplete : NEXT.differs;
  yield { kind: "done", isPaused, next };
}

function checkReady({ task, observation }: TaskView): void {
  if (observation === undefined) throw conflict(`task ${task.id} does not run; resume it first`);
  const others = observation.collections.filter(({ phase }) => phase !== "streaming");
  if (others.length === 0) return;
  const names = others.map(({ collection: { source }, phase }) => `${fullName(source)} (${phase})`);
  throw conflict(`these collections are not streaming: ${names.slice(0, 10).join(", ")}`);
}

async function drained(
  { task, observation }: TaskView,
  ts: HybridTs,
  maxWaitMs: number,
  { repairsOf }: SwitchoverDeps,
  signal: AbortSignal,
): Promise<void> {
  const timeout = AbortSignal.timeout(maxWaitMs);
  const limit = AbortSignal.any([signal, timeout]);
  const passing = (observation?.collections ?? []).map(async ({ collection: { id } }) =>
    repairsOf(task.id, id)?.passed(ts, limit),
  );
  try {
    await untilAborted(Promise.all(passing), limit);
  } catch (error) {
    if (timeout.aborted)
      throw conflict(`the target has not come up to the source within ${maxWaitMs / 1000} s`, error);
    throw error;
  }
}

function conflict(text: string, cause?: unknown): CdcError {
  return new CdcError("TASK_STATE_CONFLICT", text, { cause });
}
