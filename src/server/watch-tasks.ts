import { toBinary } from "@bufbuild/protobuf";
import { TaskSchema, type Task } from "#gen/milvus/cdc/v1/task_pb.js";
import { sleep } from "../async/abort.js";

/** What those who watch tasks are told. */
export type TaskChange =
  | { readonly case: "task"; readonly value: Task }
  | { readonly case: "goneTaskId"; readonly value: string }
  | { readonly case: "heartbeat"; readonly value: { readonly tasks: number } };

export interface WatchTimes {
  /** How long after one look the next one is taken. */
  readonly lookEveryMs: number;
  /** How long nothing is said before it is said that nothing has changed. */
  readonly quietMs: number;
}

const WATCH_TIMES: WatchTimes = { lookEveryMs: 1_000, quietMs: 10_000 };

/**
 * Tells all tasks, and from then on what has changed, until the signal aborts; behind all that one look has found stands
 * a heartbeat, and alone when nothing was told for a while. The next look is taken only
 * when all of the last one was taken by the client: a slow one gets fewer and newer states, and nothing waits for it in memory.
 */
export async function* watchTasks(
  look: () => Promise<readonly Task[]>,
  signal: AbortSignal,
  { lookEveryMs, quietMs }: WatchTimes = WATCH_TIMES,
): AsyncGenerator<TaskChange, void> {
  const told = new Map<string, Buffer>();
  let saidAtMs = -Infinity;
  while (!signal.aborted) {
    const tasks = await look();
    const changes = changesSince(told, tasks);
    yield* changes;
    if (changes.length > 0 || performance.now() - saidAtMs >= quietMs) {
      yield { case: "heartbeat", value: { tasks: tasks.length } };
      saidAtMs = performance.now();
    }
    await sleep(lookEveryMs, signal).catch(() => undefined);
  }
}

function changesSince(told: Map<string, Buffer>, tasks: readonly Task[]): TaskChange[] {
  const changes: TaskChange[] = [];
  const present = new Set(tasks.map(({ taskId }) => taskId));
  for (const taskId of told.keys()) {
    if (present.has(taskId)) continue;
    told.delete(taskId);
    changes.push({ case: "goneTaskId", value: taskId });
  }
  for (const task of tasks) {
    const bytes = Buffer.from(toBinary(TaskSchema, task));
    if (told.get(task.taskId)?.equals(bytes) === true) continue;
    told.set(task.taskId, bytes);
    changes.push({ case: "task", value: task });
  }
  return changes;
}
