import { PlannedRights_Verdict as Verdict, type PlannedRights } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { rightsByObject } from "../../client/planned-rights-text.js";

interface PlannedRightsProps {
  readonly side: "source" | "target";
  readonly rights: PlannedRights;
}

/** What the user of one side has to be allowed there, and what of it is missing. */
export function PlannedRightsView({ side, rights: { verdict, reason, rights } }: PlannedRightsProps) {
  return (
    <>
      {verdict === Verdict.MISSING && <p class="banner bad">{reason}</p>}
      {verdict === Verdict.UNKNOWN && <p class="banner">{reason}</p>}
      {verdict === Verdict.UNKNOWN && (
        <details>
          <summary>What it takes on the {side}</summary>
          <ul class="small">
            {rightsByObject(rights).map(([object, privileges]) => (
              <li key={object}>{`${object}: ${privileges.join(", ")}`}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
