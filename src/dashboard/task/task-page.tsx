import { Code, ConnectError } from "@connectrpc/connect";
import type { Task } from "#gen/milvus/cdc/v1/task_pb.js";
import { useClient } from "../client-context.js";
import { usePolled } from "../live/use-polled.js";
import { Loading } from "../parts/loading.js";
import { TaskBadges } from "../parts/task-badges.js";
import { targetText } from "../../client/target-text.js";
import { hashOf } from "../route.js";
import { Collections } from "./collections.js";
import { Configuration } from "./configuration.js";
import { Figures } from "./figures.js";
import { History } from "./history.js";
import { TaskActions } from "./task-actions.js";
import { Trends } from "./trends.js";
import { Troubles } from "./troubles.js";
import { Verification } from "./verification.js";

interface TaskPageProps {
  readonly taskId: string;
  /** Undefined when there is none. */
  readonly task: Task | undefined;
}

/** Everything about one task. */
export function TaskPage({ taskId, task }: TaskPageProps) {
  return task === undefined ? <NoTask taskId={taskId} /> : <OneTask task={task} />;
}

function OneTask({ task }: { readonly task: Task }) {
  const client = useClient();
  const { taskId, state, reason } = task;
  const history = usePolled(
    async (signal) => (await client.getTask({ taskId }, { signal })).task?.history,
    [taskId, state, reason],
  );
  return (
    <>
      <p class="crumbs">
        <a href={hashOf({ page: "tasks" })}>All tasks</a>
      </p>
      <div class="headline">
        <div>
          <h1>{targetText(task.milvusConnectParam)}</h1>
          <p class="quiet small mono">{taskId}</p>
        </div>
        <TaskBadges task={task} />
        <TaskActions task={task} />
      </div>
      {reason !== undefined && task.health?.lastError === undefined && (
        <p class="banner preserve">{reason}</p>
      )}
      <Troubles task={task} />
      <Figures task={task} />
      <Trends taskId={taskId} />
      <Collections collections={task.collections} isRunning={task.health !== undefined} />
      <Verification task={task} />
      <History events={history} />
      <Configuration task={task} />
    </>
  );
}

/** One that was just made may not have come by the stream yet, so it is asked for. */
function NoTask({ taskId }: { readonly taskId: string }) {
  const client = useClient();
  const isThere = usePolled(
    (signal) =>
      client.getTask({ taskId }, { signal }).then(
        () => true,
        (error: unknown) => {
          if (ConnectError.from(error).code === Code.NotFound) return false;
          throw error;
        },
      ),
    [taskId],
  );
  if (isThere !== false) return <Loading what="the task" />;
  return (
    <section class="empty">
      <h1>There is no such task</h1>
      <p>
        No task has the id <span class="mono">{taskId}</span>; it may have been deleted.
      </p>
      <p>
        <a class="button" href={hashOf({ page: "tasks" })}>
          All tasks
        </a>
      </p>
    </section>
  );
}
