import { fullName } from "../model/selection.js";
import { untilAborted } from "../async/abort.js";
import { CdcError } from "../model/errors.js";
import type { CollectionId, HybridTs, TaskId } from "../model/ids.js";
import type { TaskRecord, TaskSpec } from "../model/task.js";
import type { VerifyOptions, VerifyUpdate } from "../model/verification.js";
import type { RowRepairs } from "./row-repairs.js";
import type { TaskView } from "./task-view.js";

export interface SwitchoverOptions extends Pick<VerifyOptions, "level" | "maxRowsPerSecond"> {
  /** How long the target may take to come up to the source, in ms. */
  readonly maxWaitMs: number;
  /** A task back from the target to the source is created as well. */
  readonly createReverse: boolean;
}

/** What a switch-over tells, in this order; without a proof that is clean there is no pause. */
export type SwitchoverUpdate =
  /** All that the source had written at this time is on the target. */
  | { readonly kind: "drained"; readonly ts: HybridTs }
  | VerifyUpdate
  /** The last one. */
  | {
      readonly kind: "done";
      readonly isPaused: boolean;
      readonly next: string;
      readonly reverseTaskId?: TaskId | undefined;
    };

export interface SwitchoverDeps {
  readonly get: (id: TaskId) => Promise<TaskView>;
  /** The source's time. */
  readonly now: (task: TaskRecord, signal: AbortSignal) => Promise<HybridTs>;
  /** Of a collection that is streaming now. */
  readonly repairsOf: (id: TaskId, collection: CollectionId) => RowRepairs | undefined;
  readonly verify: (id: TaskId, options: VerifyOptions, signal: AbortSignal) => AsyncIterable<VerifyUpdate>;
  readonly pause: (id: TaskId) => Promise<void>;
  /** @throws CdcError TASK_STATE_CONFLICT when there can be none */
  readonly planReverse: (view: TaskView, signal: AbortSignal) => Promise<TaskSpec>;
  readonly create: (spec: TaskSpec, signal: AbortSignal) => Promise<TaskId>;
}

const NEXT = {
  paused:
    "the target equals the source as of the time that was drained: send clients to the target; " +
    "to go back, create a task from there to here before anything is written",
  reversed:
    "the target equals the source as of the time that was drained, and what is written to the target from now on comes " +
    "back by the reverse task: send clients to the target",
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
  const reverse = options.createReverse ? await deps.planReverse(view, signal) : undefined;
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
  if (!isPaused) {
    yield { kind: "done", isPaused, next: found.isEqual ? NEXT.incomplete : NEXT.differs };
    return;
  }
  await deps.pause(id);
  yield { kind: "done", isPaused, ...(await reversed(reverse, deps, signal)) };
}

/** What is done is told whatever becomes of the reverse task: the task is paused. */
async function reversed(
  spec: TaskSpec | undefined,
  { create }: SwitchoverDeps,
  signal: AbortSignal,
): Promise<{ readonly next: string; readonly reverseTaskId?: TaskId }> {
  if (spec === undefined) return { next: NEXT.paused };
  try {
    return { next: NEXT.reversed, reverseTaskId: await create(spec, signal) };
  } catch (error) {
    const why = CdcError.from(error).explanation;
    return {
      next: `the reverse task could not be created, and no client may write to the target before it is: ${why}`,
    };
  }
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
