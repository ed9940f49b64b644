import { useState } from "preact/hooks";
import { CollectionStatus_Phase as Phase, type CollectionStatus } from "#gen/milvus/cdc/v1/task_pb.js";
import { count, duration, percent, plural, time } from "../format.js";
import { StackTable } from "../parts/stack-table.js";
import { PhaseBadge } from "../parts/task-badges.js";
import { SkippedItem } from "./troubles.js";

interface CollectionsProps {
  readonly collections: readonly CollectionStatus[];
  readonly isRunning: boolean;
}

const SHOWN_AT_FIRST = 100;
/** What needs somebody comes first. */
const ORDER: readonly Phase[] = [Phase.BLOCKED, Phase.WAITING, Phase.SNAPSHOT];

export function Collections({ collections, isRunning }: CollectionsProps) {
  const [wanted, setWanted] = useState("");
  const [shown, setShown] = useState(SHOWN_AT_FIRST);
  const found = collections
    .filter(({ database, name }) => `${database}.${name}`.toLowerCase().includes(wanted.toLowerCase()))
    .sort((a, b) => rank(a) - rank(b));
  return (
    <section aria-labelledby="collections" class="card">
      <div class="headline">
        <h2 id="collections">Collections ({count(collections.length)})</h2>
        {collections.length > 10 && (
          <label>
            Find{" "}
            <input
              type="search"
              value={wanted}
              onInput={({ currentTarget }) => setWanted(currentTarget.value)}
            />
          </label>
        )}
      </div>
      {found.length === 0 ? (
        <p class="quiet">{emptyText(collections.length, isRunning)}</p>
      ) : (
        <Lines collections={found.slice(0, shown)} />
      )}
      {found.length > shown && (
        <button type="button" onClick={() => setShown(shown * 2)}>
          Show more of the {plural(found.length, "collection")}
        </button>
      )}
    </section>
  );
}

function rank({ phase }: CollectionStatus): number {
  const place = ORDER.indexOf(phase);
  return place < 0 ? ORDER.length : place;
}

function emptyText(total: number, isRunning: boolean): string {
  if (total > 0) return "No collection has that in its name.";
  return isRunning
    ? "The source has no collection that the task selects; new ones are followed as they come."
    : "What is replicated is shown while the task runs.";
}

function Lines({ collections }: { readonly collections: readonly CollectionStatus[] }) {
  return (
    <StackTable columns={["Collection", "Phase", "Lag", "Notes"]}>
      {collections.map((one) => (
        <Line key={`${one.collectionId}`} collection={one} />
      ))}
    </StackTable>
  );
}

function Line({ collection }: { readonly collection: CollectionStatus }) {
  const { database, name, targetDatabase, targetName, phase, lagMs, reason, skipped } = collection;
  const isSame = database === targetDatabase && name === targetName;
  return (
    <tr>
      <th scope="row">
        {`${database}.${name}`}
        {!isSame && <div class="quiet small">{`→ ${targetDatabase}.${targetName}`}</div>}
      </th>
      <td data-label="Phase">
        <PhaseBadge phase={phase} />
      </td>
      <td data-label="Lag" class="number">
        {duration(lagMs)}
      </td>
      <td data-label="Notes" class="small">
        <Copy collection={collection} />
        {reason !== undefined && <p>{reason}</p>}
        {skipped.length > 0 && (
          <ul>
            {skipped.map((one) => (
              <SkippedItem key={one.reason} skipped={one} />
            ))}
          </ul>
        )}
      </td>
    </tr>
  );
}

/** How far the copy of the existing rows is. */
function Copy({ collection: { database, name, snapshot } }: { readonly collection: CollectionStatus }) {
  if (snapshot === undefined) return null;
  const { copiedRows = 0n, totalRows, rowsPerSecond, estimatedEnd } = snapshot;
  const speed = `${count(rowsPerSecond)} rows/s`;
  if (totalRows === undefined) return <p>{`${count(copiedRows)} rows copied, ${speed}`}</p>;
  return (
    <div>
      <progress aria-label={`Copy of ${database}.${name}`} max={100} value={percent(copiedRows, totalRows)} />{" "}
      {`${count(copiedRows)} of ${count(totalRows)} rows, ${speed}`}
      {estimatedEnd !== undefined && `, done at about ${time(estimatedEnd)}`}
    </div>
  );
}
