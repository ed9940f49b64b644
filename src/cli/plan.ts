import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import {
  PlannedRights_Verdict as Verdict,
  TaskPlanSchema,
  type PlannedCollection,
  type PlannedRights,
} from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { rightsByObject } from "../client/planned-rights-text.js";
import { table } from "./table.js";

const HEADER = ["COLLECTION", "TARGET", "ROWS", "ON TARGET"];

/** What a dry run has found, for people. */
export function planText(json: JsonObject): string {
  const plan = fromJson(TaskPlanSchema, json, { ignoreUnknownFields: true });
  const { collections, collectionsTotal, channels, problems, topics, isReady } = plan;
  const left = collectionsTotal - collections.length;
  const toCome = topics
    .filter(({ isThere, problem }) => !isThere && problem === undefined)
    .map(({ name }) => name);
  const ofCollections = collections.flatMap((one) =>
    one.problems.map((text) => `problem of ${nameOf(one)}: ${text}`),
  );
  return [
    ...(collections.length === 0 ? ["no collection of the source is selected yet"] : []),
    ...(collections.length === 0 ? [] : [table([HEADER, ...collections.map(planLine)])]),
    ...(left > 0 ? [`and ${left} more`] : []),
    `topics: ${channels.join(", ") || "none yet"}`,
    ...toCome.map((name) => `later also topic ${name}, which comes with the first request`),
    ...rightsLines("source", plan.sourceRights),
    ...rightsLines("target", plan.targetRights),
    ...problems.map((text) => `problem: ${text}`),
    ...topics.flatMap(({ problem }) => (problem === undefined ? [] : [`problem: ${problem}`])),
    ...ofCollections,
    isReady ? "the task can be created" : "there are problems",
  ].join("\n");
}

/** What it takes, in full where somebody has to look it up. */
function rightsLines(side: string, rights: PlannedRights | undefined): string[] {
  if (rights === undefined) return [];
  const { verdict, reason } = rights;
  if (verdict === Verdict.GRANTED) return [`rights on the ${side}: all that it takes`];
  if (verdict === Verdict.MISSING) return [`problem: ${reason}`];
  const needed = rightsByObject(rights.rights).map(([object, names]) => `${names.join(", ")} on ${object}`);
  return [`rights on the ${side}: ${reason}; it takes ${needed.join("; ")}`];
}

function planLine(one: PlannedCollection): string[] {
  const target = `${one.targetDatabase}.${one.targetName}`;
  return [nameOf(one), target, String(one.rows ?? "-"), one.isOnTarget ? "yes" : "no"];
}

function nameOf({ database, name }: PlannedCollection): string {
  return `${database}.${name}`;
}
