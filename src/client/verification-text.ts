import {
  VerifyDifference_Kind as Kind,
  type CollectionVerification,
  type VerifyDifference,
  type VerifyResult,
} from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { countTexts, DIFFERENCES, REPAIRS } from "./verification-counts.js";

/** A difference, in a line. */
export function differenceText(difference: VerifyDifference): string {
  const { kind, database, collection, partition, key, columns, object, detail } = difference;
  const place = [`${database}.${collection}`, partition].filter(Boolean).join("/");
  const what = object ?? `row ${typeof key.value === "string" ? JSON.stringify(key.value) : key.value}`;
  const where = columns.length > 0 ? ` in ${columns.join(", ")}` : "";
  return `${Kind[kind].toLowerCase()}: ${what} of ${place}${where}${detail === undefined ? "" : `: ${detail}`}`;
}

/** What was found is not so any more, and what is so now nobody has looked at. */
export const REPAIRED = "source and target differed, and rows were made equal; verify again to prove it";

const COUNTS = [...DIFFERENCES, "restless", ...REPAIRS] as const;

/** What was found in a collection and what was not compared, each in a few words; empty when it is equal. */
export function findings(one: CollectionVerification): readonly string[] {
  const share = one.maxDifferingShare;
  const sure =
    share === undefined
      ? []
      : [`a sample: no more than ${(share * 100).toFixed(2)} % of the rows differ, at 95 % confidence`];
  return [...countTexts(one, COUNTS), ...sure, ...one.problems];
}

/** What a verification came to. */
export function verdictText({ isEqual, isComplete, isRepaired }: VerifyResult): string {
  if (isRepaired) return REPAIRED;
  if (!isEqual) return "source and target differ";
  return isComplete
    ? "source and target are equal"
    : "no difference was found, and not all could be compared";
}
