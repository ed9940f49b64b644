import { CollectionStatus_Phase as Phase, type Task } from "#gen/milvus/cdc/v1/task_pb.js";
import { count, duration, megabytes, NOTHING, rate } from "../format.js";
import { StackTable } from "../parts/stack-table.js";
import { TaskBadges } from "../parts/task-badges.js";
import { targetText } from "../../client/target-text.js";
import { selectionOf } from "../parts/task-words.js";
import { hashOf } from "../route.js";

/** All tasks, one in a line. */
export function TasksPage({ tasks }: { readonly tasks: readonly Task[] }) {
  if (tasks.length === 0) return <NoTasks />;
  return (
    <>
      <h1>Tasks</h1>
      <StackTable
        columns={["Target", "State", "Lag", "Rows/s", "MB/s", "Backlog", "Log keeps", "Collections"]}
      >
        {tasks.map((task) => (
          <TaskLine key={task.taskId} task={task} />
        ))}
      </StackTable>
    </>
  );
}

function TaskLine({ task }: { readonly task: Task }) {
  const { taskId, health, reason } = task;
  return (
    <tr>
      <th scope="row">
        <a href={hashOf({ page: "task", taskId })}>{targetText(task.milvusConnectParam)}</a>
        <div class="quiet small">{selectionOf(task)}</div>
        <div class="quiet small mono">{taskId.slice(0, 8)}</div>
      </th>
      <td data-label="State">
        <TaskBadges task={task} />
        {reason !== undefined && <div class="small reason">{reason}</div>}
      </td>
      <td data-label="Lag" class="number">
        {duration(health?.lagMs)}
      </td>
      <td data-label="Rows/s" class="number">
        {health === undefined ? NOTHING : rate(health.rowsPerSecond)}
      </td>
      <td data-label="MB/s" class="number">
        {health === undefined ? NOTHING : megabytes(health.bytesPerSecond)}
      </td>
      <td data-label="Backlog" class="number">
        {count(health?.backlogRecords)}
      </td>
      <td data-label="Log keeps" class="number">
        {duration(health?.retentionMarginMs)}
      </td>
      <td data-label="Collections">{collectionsText(task)}</td>
    </tr>
  );
}

function collectionsText({ collections, health }: Task): string {
  if (health === undefined) return NOTHING;
  const blocked = collections.filter(({ phase }) => phase === Phase.BLOCKED).length;
  const copied = collections.filter(({ phase }) => phase === Phase.SNAPSHOT).length;
  const parts = [count(collections.length)];
  if (blocked > 0) parts.push(`${count(blocked)} blocked`);
  if (copied > 0) parts.push(`${count(copied)} copying`);
  return parts.join(", ");
}

function NoTasks() {
  return (
    <section class="empty">
      <h1>No tasks yet</h1>
      <p>
        A task keeps a target Milvus equal to the source: it copies what is there, and follows every change.
        The target stays an ordinary Milvus.
      </p>
      <p>
        <a class="button primary" href={hashOf({ page: "new" })}>
          Create the first task
        </a>
      </p>
      <p class="quiet">
        Or <code>milvus-cdc create --target http://target:19530</code>.
      </p>
    </section>
  );
}
