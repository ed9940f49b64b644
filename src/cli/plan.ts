import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { TaskPlanSchema, type PlannedCollection } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { table } from "./table.js";

const HEADER = ["COLLECTION", "TARGET", "ROWS", "ON TARGET"];

/** What a dry run has found, for people. */
export function planText(json: JsonObject): string {
  const plan = fromJson(TaskPlanSchema, json, { ignoreUnknownFields: true });
  const { collections, collectionsTotal, channels, problems, isReady } = plan;
  const left = collectionsTotal - collections.length;
  const ofCollections = collections.flatMap((one) =>
    one.problems.map((text) => `problem of ${nameOf(one)}: ${text}`),
  );
  return [
    ...(collections.length === 0 ? ["no collection of the source is selected yet"] : []),
    ...(collections.length === 0 ? [] : [table([HEADER, ...collections.map(planLine)])]),
    ...(left > 0 ? [`and ${left} more`] : []),
    `topics: ${channels.join(", ") || "none yet"}`,
    ...problems.map((text) => `problem: ${text}`),
    ...ofCollections,
    isReady ? "the task can be created" : "there are problems",
  ].join("\n");
}

function planLine(one: PlannedCollection): string[] {
  const target = `${one.targetDatabase}.${one.targetName}`;
  return [nameOf(one), target, String(one.rows ?? "-"), one.isOnTarget ? "yes" : "no"];
}

function nameOf({ database, name }: PlannedCollection): string {
  return `${database}.${name}`;
}
