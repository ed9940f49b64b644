import {
  VerifyDifference_Kind as Kind,
  type CollectionVerification,
  type VerifyDifference,
} from "#gen/milvus/cdc/v1/cdc_service_pb.js";

/** A difference, in a line. */
export function differenceText(difference: VerifyDifference): string {
  const { kind, database, collection, partition, key, columns, object, detail } = difference;
  const place = [`${database}.${collection}`, partition].filter(Boolean).join("/");
  const what = object ?? `row ${typeof key.value === "string" ? JSON.stringify(key.value) : key.value}`;
  const where = columns.length > 0 ? ` in ${columns.join(", ")}` : "";
  return `${Kind[kind].toLowerCase()}: ${what} of ${place}${where}${detail === undefined ? "" : `: ${detail}`}`;
}

const COUNTS = [
  "missing",
  "extra",
  "differing",
  "duplicated",
  "structure",
  "counts",
  "restless",
  "copied",
  "deleted",
] as const;

/** What was found in a collection and what was not compared, each in a few words; empty when it is equal. */
export function findings(one: CollectionVerification): readonly string[] {
  const counts = COUNTS.filter((name) => one[name] > 0n).map((name) => `${name} ${one[name]}`);
  const share = one.maxDifferingShare;
  const sure =
    share === undefined
      ? []
      : [`a sample: no more than ${(share * 100).toFixed(2)} % of the rows differ, at 95 % confidence`];
  return [...counts, ...sure, ...one.problems];
}
