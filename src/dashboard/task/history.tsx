import type { TaskEvent } from "#gen/milvus/cdc/v1/task_pb.js";
import { iso, time } from "../format.js";
import { Loading } from "../parts/loading.js";

/** What happened to a task, newest first. */
export function History({ events }: { readonly events: readonly TaskEvent[] | undefined }) {
  return (
    <section aria-labelledby="history" class="card">
      <h2 id="history">History</h2>
      {events === undefined ? <Loading what="history" /> : <Events events={events} />}
    </section>
  );
}

function Events({ events }: { readonly events: readonly TaskEvent[] }) {
  if (events.length === 0) return <p class="quiet">Nothing yet.</p>;
  return (
    <ol class="history" tabIndex={0} aria-label="Events, newest first">
      {events.toReversed().map(({ at, text, database, collection }, i) => (
        <li key={events.length - i}>
          <time dateTime={iso(at)} class="quiet small">
            {time(at)}
          </time>{" "}
          {collection !== "" && <span class="mono">{`${database}.${collection}`} </span>}
          {text}
        </li>
      ))}
    </ol>
  );
}
