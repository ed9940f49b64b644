import type {
  CollectionVerification,
  VerifyDifference,
  VerifyResult,
} from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { differenceText, findings, REPAIRED } from "../../client/verification-text.js";
import { count, plural } from "../format.js";
import { Badge } from "../parts/badge.js";
import { StackTable } from "../parts/stack-table.js";

interface VerificationResultProps {
  readonly differences: readonly VerifyDifference[];
  /** Undefined while it goes on, and when it was stopped. */
  readonly result: VerifyResult | undefined;
}

const SHOWN = 100;

export function VerificationResult({ differences, result }: VerificationResultProps) {
  return (
    <div>
      {result !== undefined && <Verdict result={result} />}
      {differences.length > 0 && (
        <details open>
          <summary>{plural(differences.length, "difference")} named</summary>
          <ul class="small">
            {differences.slice(0, SHOWN).map((one, i) => (
              <li key={i}>{differenceText(one)}</li>
            ))}
            {differences.length > SHOWN && <li>… {count(differences.length - SHOWN)} more</li>}
          </ul>
        </details>
      )}
      {result !== undefined && result.collections.length > 0 && <Counted collections={result.collections} />}
    </div>
  );
}

function Verdict({ result }: { readonly result: VerifyResult }) {
  const [tone, text] = verdictOf(result);
  return (
    <p role="status">
      <Badge tone={tone}>{text}</Badge>
    </p>
  );
}

function verdictOf({ isEqual, isComplete, isRepaired }: VerifyResult): ["good" | "bad" | "busy", string] {
  if (isRepaired) return ["busy", `${REPAIRED.charAt(0).toUpperCase()}${REPAIRED.slice(1)}`];
  if (!isEqual) return ["bad", "Source and target differ"];
  return isComplete
    ? ["good", "Source and target are equal"]
    : ["busy", "No difference found, and not all could be compared"];
}

function Counted({ collections }: { readonly collections: readonly CollectionVerification[] }) {
  return (
    <StackTable columns={["Collection", "Source rows", "Target rows", "Compared", "Found"]}>
      {collections.map((one) => (
        <tr key={`${one.database}.${one.collection}`}>
          <th scope="row">{`${one.database}.${one.collection}`}</th>
          <td data-label="Source rows" class="number">
            {count(one.sourceRows)}
          </td>
          <td data-label="Target rows" class="number">
            {count(one.targetRows)}
          </td>
          <td data-label="Compared" class="number">
            {count(one.comparedRows)}
          </td>
          <td data-label="Found">{findings(one).join("; ") || "no difference"}</td>
        </tr>
      ))}
    </StackTable>
  );
}
