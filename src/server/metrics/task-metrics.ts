import { Counter, Gauge, type Registry } from "prom-client";
import type { CollectionView, TaskObservation, TaskStatus, TaskView } from "../../engine/task-view.js";
import type { TaskState } from "../../model/task.js";
import { registerVerifications } from "./verification-metrics.js";

const STATES: readonly TaskState[] = ["Initial", "Running", "Paused", "Failed"];
const STATUSES: readonly TaskStatus[] = [
  "starting",
  "idle",
  "flowing",
  "retrying",
  "stalled",
  "disconnected",
];
/** Collections of all tasks together that have series of their own; the others are counted. */
const MAX_COLLECTIONS = 2_000;

/** Of a running task; undefined values are left out, so that nobody takes "not known" for 0. */
interface TaskValue {
  readonly name: string;
  readonly help: string;
  readonly of: (observation: TaskObservation) => number | bigint | undefined;
}

const GAUGES: readonly TaskValue[] = [
  {
    name: "milvus_cdc_task_lag_seconds",
    help: "Now minus the time of the last tick of the source that is durable on the target.",
    of: ({ lagMs }) => seconds(lagMs),
  },
  {
    name: "milvus_cdc_task_backlog_records",
    help: "Records of the log that are not durable on the target, ticks among them.",
    of: ({ backlogRecords }) => backlogRecords,
  },
  {
    name: "milvus_cdc_task_retention_margin_seconds",
    help: "How long the log will still hold the oldest position that the task needs.",
    of: ({ retentionMarginMs }) => seconds(retentionMarginMs),
  },
  {
    name: "milvus_cdc_task_write_rows_per_second",
    help: "Rows written to the target of late.",
    of: ({ rowsPerSecond }) => rowsPerSecond,
  },
  {
    name: "milvus_cdc_task_write_bytes_per_second",
    help: "Bytes written to the target of late.",
    of: ({ bytesPerSecond }) => bytesPerSecond,
  },
  {
    name: "milvus_cdc_task_retry_attempts",
    help: "Tries so far of what fails at present, 0 while nothing does.",
    of: ({ retry }) => retry?.attempts ?? 0,
  },
  {
    name: "milvus_cdc_task_problems",
    help: "What keeps the target from being equal, or may do so soon; the task names it.",
    of: ({ problems }) => problems.length,
  },
];

const COUNTERS: readonly TaskValue[] = [
  {
    name: "milvus_cdc_task_inserted_rows_total",
    help: "Rows inserted into the target since the task was started.",
    of: ({ insertedRows }) => insertedRows,
  },
  {
    name: "milvus_cdc_task_upserted_rows_total",
    help: "Rows upserted into the target since the task was started.",
    of: ({ upsertedRows }) => upsertedRows,
  },
  {
    name: "milvus_cdc_task_deleted_keys_total",
    help: "Keys deleted on the target since the task was started.",
    of: ({ deletedKeys }) => deletedKeys,
  },
  {
    name: "milvus_cdc_task_healed_differences_total",
    help: "Differences that no record told of and that were made up for, since the task was started.",
    of: ({ healed }) => healed,
  },
  {
    name: "milvus_cdc_task_skipped_records_total",
    help: "Records and objects that could not be replicated, since the task was started.",
    of: ({ skipped }) => skipped.reduce((sum, { records }) => sum + records, 0n),
  },
];

/** Registers what is known of all tasks now. Made anew for each scrape: a task that is gone has no series left. */
export function registerTasks(registry: Registry, tasks: readonly TaskView[]): void {
  registerStates(registry, tasks);
  for (const { name, help, of } of GAUGES) {
    const gauge = new Gauge({ name, help, labelNames: ["task_id"], registers: [registry] });
    forRunning(tasks, of, (task_id, value) => gauge.set({ task_id }, value));
  }
  for (const { name, help, of } of COUNTERS) {
    const counter = new Counter({ name, help, labelNames: ["task_id"], registers: [registry] });
    forRunning(tasks, of, (task_id, value) => counter.inc({ task_id }, value));
  }
  registerCollections(registry, tasks);
  registerVerifications(registry, tasks);
}

function registerStates(registry: Registry, tasks: readonly TaskView[]): void {
  const states = new Gauge({
    name: "milvus_cdc_tasks",
    help: "Tasks by state.",
    labelNames: ["state"],
    registers: [registry],
  });
  for (const state of STATES)
    states.set({ state: state.toLowerCase() }, tasks.filter(({ task }) => task.state === state).length);
  const statuses = new Gauge({
    name: "milvus_cdc_task_status",
    help: "1 for what a running task is about, 0 for the others.",
    labelNames: ["task_id", "status"],
    registers: [registry],
  });
  for (const { task, observation } of tasks)
    for (const status of observation === undefined ? [] : STATUSES)
      statuses.set({ task_id: task.id, status }, observation?.status === status ? 1 : 0);
}

function registerCollections(registry: Registry, tasks: readonly TaskView[]): void {
  const labelNames = ["task_id", "database", "collection"] as const;
  const gauge = (name: string, help: string): Gauge<(typeof labelNames)[number]> =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const lag = gauge("milvus_cdc_collection_lag_seconds", "As of the task, of one collection.");
  const blocked = gauge(
    "milvus_cdc_collection_blocked",
    "1 for a collection that cannot go on, 0 for others.",
  );
  const copied = gauge("milvus_cdc_collection_snapshot_rows", "Existing rows copied, while they are copied.");
  const all = tasks.flatMap(({ task, observation }) =>
    (observation?.collections ?? []).map((view): [string, CollectionView] => [task.id, view]),
  );
  for (const [task_id, { collection, lagMs, phase, copy }] of all.slice(0, MAX_COLLECTIONS)) {
    const labels = { task_id, database: collection.source.database, collection: collection.source.name };
    if (lagMs !== undefined) lag.set(labels, lagMs / 1000);
    blocked.set(labels, phase === "blocked" ? 1 : 0);
    if (copy !== undefined) copied.set(labels, Number(copy.copiedRows));
  }
  const unlisted = new Gauge({
    name: "milvus_cdc_collections_without_series",
    help: `Collections beyond the first ${MAX_COLLECTIONS}, which have no series of their own.`,
    registers: [registry],
  });
  unlisted.set(Math.max(0, all.length - MAX_COLLECTIONS));
}

function forRunning(
  tasks: readonly TaskView[],
  of: TaskValue["of"],
  take: (taskId: string, value: number) => void,
): void {
  for (const { task, observation } of tasks) {
    const value = observation === undefined ? undefined : of(observation);
    if (value !== undefined) take(task.id, Number(value));
  }
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
