import {
  LastVerification_Outcome as Outcome,
  type LastVerification as LastVerificationMessage,
  type Task,
} from "#gen/milvus/cdc/v1/task_pb.js";
import { lastVerificationText } from "../../client/last-verification-text.js";
import { iso, time } from "../format.js";
import { Badge } from "../parts/badge.js";

/** What the last verification that came to its end found, whoever asked for it, and when the next one is due. */
export function LastVerification({ task }: { readonly task: Task }) {
  const { lastVerification: last, nextVerificationAt: next } = task;
  return (
    <p class="small">
      {last === undefined ? (
        <span class="quiet">Not compared yet.</span>
      ) : (
        <>
          Last compared <time dateTime={iso(last.at)}>{time(last.at)}</time>:{" "}
          <Badge tone={toneOf(last)}>{lastVerificationText(last)}</Badge>
        </>
      )}
      {next !== undefined && <span class="quiet">{` Next: ${time(next)}.`}</span>}
    </p>
  );
}

function toneOf({ outcome, isRepaired }: LastVerificationMessage): "good" | "bad" | "busy" {
  if (isRepaired) return "busy";
  if (outcome === Outcome.EQUAL) return "good";
  return outcome === Outcome.DIFFER ? "bad" : "busy";
}
