import type { LastError, Skipped, Task } from "#gen/milvus/cdc/v1/task_pb.js";
import { count, time } from "../format.js";

/** What keeps the target from being equal, and what to do about it. */
export function Troubles({ task: { health } }: { readonly task: Task }) {
  if (health === undefined) return null;
  const { lastError, problems, skipped } = health;
  if (lastError === undefined && problems.length + skipped.length === 0) return null;
  return (
    <section aria-labelledby="troubles" class="card">
      <h2 id="troubles">What to look at</h2>
      {lastError !== undefined && <ErrorBox error={lastError} />}
      <ul>
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
        {skipped.map((one) => (
          <SkippedItem key={one.reason} skipped={one} />
        ))}
      </ul>
    </section>
  );
}

function ErrorBox({ error }: { readonly error: LastError }) {
  return (
    <div class="banner bad">
      <p>
        <strong class="mono">{error.code}</strong> {error.message}
      </p>
      <p>{error.remedy}</p>
      <p class="small">
        {count(error.attempts)} tries so far, the last at {time(error.failedAt)}, the next at{" "}
        {time(error.nextTryAt)}.
      </p>
    </div>
  );
}

export function SkippedItem({ skipped: { reason, records, remedy } }: { readonly skipped: Skipped }) {
  return (
    <li>
      Not replicated: {reason}, {count(records)} times. {remedy}
    </li>
  );
}
