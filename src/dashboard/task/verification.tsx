import { useEffect, useRef, useState } from "preact/hooks";
import {
  VerifyLevel as Level,
  type VerifyDifference,
  type VerifyProgress,
  type VerifyResult,
} from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type { Task } from "#gen/milvus/cdc/v1/task_pb.js";
import { useClient, type CdcClient } from "../client-context.js";
import { count } from "../format.js";
import { useAction } from "../live/use-action.js";
import { Fault } from "../parts/fault.js";
import { LastVerification } from "./last-verification.js";
import { VerificationResult } from "./verification-result.js";

interface Seen {
  readonly progress?: VerifyProgress | undefined;
  readonly differences: readonly VerifyDifference[];
  readonly result?: VerifyResult | undefined;
}

const LEVELS = [
  [Level.FULL, "every row"],
  [Level.SAMPLE, "a sample of the rows"],
  [Level.COUNTS, "numbers of rows"],
] as const;

/** Compares both sides, and shows what is found. Ends when the page is left. */
export function Verification({ task }: { readonly task: Task }) {
  const { taskId } = task;
  const client = useClient();
  const action = useAction();
  const [level, setLevel] = useState<Level>(Level.FULL);
  const [isRepair, setRepair] = useState(false);
  const [seen, setSeen] = useState<Seen>({ differences: [] });
  const running = useRef<AbortController>(null);
  useEffect(() => () => running.current?.abort(), []);
  const begin = (): void => {
    const ended = new AbortController();
    running.current = ended;
    const request = { taskId, level, repair: isRepair };
    void action.run(() => follow(client, request, setSeen, ended.signal));
  };
  return (
    <section aria-labelledby="verification" class="card">
      <h2 id="verification">Are both sides equal?</h2>
      <LastVerification task={task} />
      <form
        class="line"
        onSubmit={(event) => {
          event.preventDefault();
          begin();
        }}
      >
        <label>
          Compare{" "}
          <select
            value={level}
            disabled={action.isBusy}
            onChange={({ currentTarget }) => setLevel(LEVELS[currentTarget.selectedIndex]?.[0] ?? Level.FULL)}
          >
            {LEVELS.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <label>
          <input
            type="checkbox"
            checked={isRepair}
            disabled={action.isBusy}
            onChange={({ currentTarget }) => setRepair(currentTarget.checked)}
          />{" "}
          and make the target&apos;s rows equal
        </label>
        {action.isBusy ? (
          <button type="button" onClick={() => running.current?.abort()}>
            Stop
          </button>
        ) : (
          <button type="submit">Verify</button>
        )}
      </form>
      <Fault text={action.fault} />
      <div role="status">{action.isBusy && <Progress progress={seen.progress} />}</div>
      {(seen.result !== undefined || seen.differences.length > 0) && (
        <VerificationResult differences={seen.differences} result={seen.result} />
      )}
    </section>
  );
}

async function follow(
  client: CdcClient,
  request: { taskId: string; level: Level; repair: boolean },
  show: (seen: Seen) => void,
  signal: AbortSignal,
): Promise<void> {
  let seen: Seen = { differences: [] };
  show(seen);
  for await (const { update } of client.verifyTask(request, { signal })) {
    if (update.case === "progress") seen = { ...seen, progress: update.value };
    else if (update.case === "difference")
      seen = { ...seen, differences: [...seen.differences, update.value] };
    else if (update.case === "result") seen = { ...seen, result: update.value };
    show(seen);
  }
}

function Progress({ progress }: { readonly progress: VerifyProgress | undefined }) {
  if (progress === undefined) return <p class="quiet">Beginning…</p>;
  const { database, collection, collectionsDone, collectionsTotal, comparedRows, differences } = progress;
  return (
    <p>
      <progress
        aria-label="Collections compared"
        max={Math.max(1, collectionsTotal)}
        value={collectionsDone}
      />{" "}
      {`${database}.${collection}, ${collectionsDone + 1} of ${collectionsTotal}: ${count(comparedRows)} rows compared, ${count(differences)} differences`}
    </p>
  );
}
