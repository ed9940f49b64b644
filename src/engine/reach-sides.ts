import { untilAborted } from "../async/abort.js";
import { CdcError, type ErrorCode } from "../model/errors.js";
import { targetAddress } from "../model/target-address.js";
import type { TaskSpec } from "../model/task.js";
import type { Applier } from "../sink/applier.js";
import type { LogReader } from "../source/log-reader.js";
import type { SourceCatalogue } from "../source/source-catalogue.js";
import { planTask, type TaskPlan } from "./task-plan.js";

/** How long a new task may take to learn where the log ends. */
export const PLAN_TIMEOUT_MS = 30_000;

export interface SourceSide {
  /** @throws CdcError INVALID_ARGUMENT when no such source is configured */
  readonly openReader: (spec: TaskSpec) => LogReader;
  readonly openCatalogue: (spec: TaskSpec) => SourceCatalogue;
}

/**
 * Where a task begins, as the source and its log are now.
 *
 * @throws CdcError LOG_UNAVAILABLE, SOURCE_UNAVAILABLE, also of a side that does not answer in time
 */
export async function planOf(spec: TaskSpec, side: SourceSide, signal: AbortSignal): Promise<TaskPlan> {
  await using reader = side.openReader(spec);
  await using catalogue = side.openCatalogue(spec);
  const ranges = await within(signal, "LOG_UNAVAILABLE", "Kafka", (limit) => reader.ranges(limit));
  return await within(signal, "SOURCE_UNAVAILABLE", "the source", (limit) =>
    planTask(spec, ranges, reader, catalogue, limit),
  );
}

/** @throws CdcError TARGET_UNREACHABLE when a target does not answer within the task's own time */
export async function reachTarget(
  spec: TaskSpec,
  openApplier: (spec: TaskSpec) => Applier,
  signal: AbortSignal,
): Promise<void> {
  const { endpoint, connectTimeoutMs } = targetAddress(spec.connectParam);
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]);
  let applier: Applier | undefined;
  try {
    applier = openApplier(spec);
    await untilAborted(applier.ping(timeout), timeout);
  } catch (error) {
    if (error instanceof CdcError && error.code === "INVALID_ARGUMENT") throw error;
    const cause = timeout.aborted
      ? `no answer within ${connectTimeoutMs / 1000} s`
      : CdcError.from(error).message;
    throw new CdcError("TARGET_UNREACHABLE", `cannot reach the target ${endpoint}: ${cause}`, {
      cause: error,
      field: "milvus_connect_param",
    });
  } finally {
    await applier?.[Symbol.asyncDispose]();
  }
}

async function within<T>(
  signal: AbortSignal,
  code: ErrorCode,
  who: string,
  action: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = AbortSignal.timeout(PLAN_TIMEOUT_MS);
  const limit = AbortSignal.any([signal, timeout]);
  try {
    return await untilAborted(action(limit), limit);
  } catch (error) {
    if (!timeout.aborted) throw error;
    throw new CdcError(code, `${who} does not answer within ${PLAN_TIMEOUT_MS / 1000} s`, { cause: error });
  }
}
