import { useEffect, useRef } from "preact/hooks";
import type { Task } from "#gen/milvus/cdc/v1/task_pb.js";
import { CreatePage } from "./create/create-page.js";
import { ConnectionBanner } from "./parts/connection-banner.js";
import { Loading } from "./parts/loading.js";
import { useLiveTasks } from "./live/use-live-tasks.js";
import { hashOf, useRoute, type Route } from "./route.js";
import { TaskPage } from "./task/task-page.js";
import { TasksPage } from "./tasks/tasks-page.js";

/** The frame around every page. */
export function App() {
  const { tasks, connection } = useLiveTasks();
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const title = titleOf(route);
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${title} – Milvus CDC`;
    // who cannot see has to be told that the page is another one
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [title]);
  return (
    <>
      <header class="top">
        <a class="brand" href={hashOf({ page: "tasks" })}>
          Milvus CDC
        </a>
        <a class="button" href={hashOf({ page: "new" })}>
          New task
        </a>
      </header>
      <ConnectionBanner connection={connection} />
      <main ref={main} tabIndex={-1}>
        {route.page === "new" ? <CreatePage /> : <Live route={route} tasks={tasks} />}
      </main>
    </>
  );
}

function Live({ route, tasks }: { readonly route: Route; readonly tasks: readonly Task[] | undefined }) {
  if (tasks === undefined) return <Loading what="tasks" />;
  if (route.page !== "task") return <TasksPage tasks={tasks} />;
  const task = tasks.find(({ taskId }) => taskId === route.taskId);
  return <TaskPage key={route.taskId} taskId={route.taskId} task={task} />;
}

function titleOf(route: Route): string {
  if (route.page === "task") return `Task ${route.taskId.slice(0, 8)}`;
  return route.page === "new" ? "New task" : "Tasks";
}
