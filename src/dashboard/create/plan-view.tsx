import type { PlannedCollection, TaskPlan } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { count, plural } from "../format.js";
import { Badge } from "../parts/badge.js";
import { StackTable } from "../parts/stack-table.js";
import { PlannedRightsView } from "./planned-rights.js";
import { PlannedTopics } from "./planned-topics.js";
import type { Checked } from "./use-plan.js";

const SHOWN = 100;

interface PlanViewProps {
  readonly checked: Checked;
  /** The target is named, so that a plan that is not asked for waits for a field that is wrong. */
  readonly isBegun: boolean;
}

/** What the task would do. */
export function PlanView({ checked: { isChecking, plan, faults }, isBegun }: PlanViewProps) {
  const isWaiting = !isChecking && plan === undefined;
  return (
    <section aria-labelledby="plan" class="card">
      <h2 id="plan">Plan</h2>
      <div role="status">
        {isChecking && <p class="quiet">Asking the source and the target…</p>}
        {isWaiting && (faults !== undefined || isBegun) && (
          <p class="quiet">The plan is shown when nothing is wrong with the form.</p>
        )}
        {plan !== undefined && <Summary plan={plan} />}
        {isWaiting && faults === undefined && !isBegun && (
          <p class="quiet">Name the target to see what would be replicated. Nothing is created by looking.</p>
        )}
      </div>
      {plan !== undefined && <Details plan={plan} />}
    </section>
  );
}

function Summary({ plan: { isReady, collectionsTotal, channels } }: { readonly plan: TaskPlan }) {
  return (
    <p>
      {isReady ? <Badge tone="good">Ready</Badge> : <Badge tone="bad">There are problems</Badge>}{" "}
      {plural(collectionsTotal, "collection")} now, and new ones as they come; read from{" "}
      {plural(channels.length, "topic")}.
    </p>
  );
}

function Details({ plan }: { readonly plan: TaskPlan }) {
  const { collections, collectionsTotal } = plan;
  const problems = [...plan.problems, ...plan.topics.flatMap(({ problem }) => problem ?? [])];
  const shown = collections.toSorted((a, b) => b.problems.length - a.problems.length).slice(0, SHOWN);
  return (
    <>
      {problems.map((problem) => (
        <p key={problem} class="banner bad">
          {problem}
        </p>
      ))}
      {plan.sourceRights && <PlannedRightsView side="source" rights={plan.sourceRights} />}
      {plan.targetRights && <PlannedRightsView side="target" rights={plan.targetRights} />}
      <PlannedTopics topics={plan.topics} />
      {shown.length > 0 && <PlannedCollections collections={shown} />}
      {collectionsTotal > shown.length && (
        <p class="quiet">… and {plural(collectionsTotal - shown.length, "more", "more")}</p>
      )}
    </>
  );
}

function PlannedCollections({ collections }: { readonly collections: readonly PlannedCollection[] }) {
  return (
    <StackTable columns={["Collection", "On the target", "Rows"]}>
      {collections.map((one) => (
        <tr key={`${one.database}.${one.name}`}>
          <th scope="row">
            {`${one.database}.${one.name}`}
            {one.problems.map((problem) => (
              <div key={problem} class="small bad-text">
                {problem}
              </div>
            ))}
          </th>
          <td data-label="On the target">
            {`${one.targetDatabase}.${one.targetName}`}
            {one.isOnTarget && <div class="small quiet">is there, rows are merged by key</div>}
          </td>
          <td data-label="Rows" class="number">
            {count(one.rows)}
          </td>
        </tr>
      ))}
    </StackTable>
  );
}
