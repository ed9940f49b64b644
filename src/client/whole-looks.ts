import type { WatchTasksResponse } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type { Task } from "#gen/milvus/cdc/v1/task_pb.js";

/** All tasks, oldest first, each time that a stream of WatchTasks has told all of one look. */
export async function* wholeLooks(
  stream: AsyncIterable<WatchTasksResponse>,
): AsyncGenerator<readonly Task[], void> {
  const tasks = new Map<string, Task>();
  for await (const { update } of stream) {
    if (update.case === "task") tasks.set(update.value.taskId, update.value);
    else if (update.case === "goneTaskId") tasks.delete(update.value);
    // only now are they all of one moment
    else if (update.case === "heartbeat") yield [...tasks.values()];
  }
}
