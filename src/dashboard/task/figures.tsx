import type { Task } from "#gen/milvus/cdc/v1/task_pb.js";
import { count, duration, megabytes, rate } from "../format.js";

/** How a running task is doing, in numbers. */
export function Figures({ task: { health } }: { readonly task: Task }) {
  if (health === undefined) return null;
  const figures: readonly (readonly [string, string, string])[] = [
    ["Lag", duration(health.lagMs), "Now minus the time up to which the target holds everything"],
    ["Rows/s", rate(health.rowsPerSecond), "Written to the target, of late"],
    ["MB/s", megabytes(health.bytesPerSecond), "Written to the target, of late"],
    [
      "Backlog",
      count(health.backlogRecords),
      "Records of the log, ticks among them, that are not on the target",
    ],
    [
      "Log keeps",
      duration(health.retentionMarginMs),
      "How long the log will still hold what the task needs of it",
    ],
    ["Inserted", count(health.insertedRows), "Rows since the task was last started"],
    ["Upserted", count(health.upsertedRows), "Rows since the task was last started"],
    ["Deleted", count(health.deletedKeys), "Keys since the task was last started"],
    [
      "Healed",
      count(health.healedDifferences),
      "Differences that no record of the log told of, and that were made up for",
    ],
  ];
  return (
    <section aria-label="Figures">
      <dl class="figures">
        {figures.map(([name, value, meaning]) => (
          <div key={name} title={meaning}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
