import { create, toJson, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { timestampDate, type Timestamp } from "@bufbuild/protobuf/wkt";
import { ListTasksResponseSchema } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import {
  CollectionStatus_Phase as Phase,
  Task_State as State,
  TaskHealth_Status as Status,
  TaskSchema,
  type CollectionStatus,
  type Task,
} from "#gen/milvus/cdc/v1/task_pb.js";
import { lastVerificationText } from "../client/last-verification-text.js";
import { targetText } from "../client/target-text.js";
import { structured, type Format } from "./format.js";
import { table } from "./table.js";

const NOT_KNOWN = "-";
const UNITS = ["ms", "s", "min", "h", "d"] as const;
const UNIT_SIZES = [1, 1_000, 60_000, 3_600_000, 86_400_000] as const;

/** All tasks, for people or for programs. */
export function tasksText(tasks: readonly Task[], format: Format): string {
  if (format !== "table") return structured(tasksJson(tasks), format);
  if (tasks.length === 0) return "there are no tasks";
  const header = ["TASK", "STATE", "STATUS", "LAG", "BACKLOG", "ROWS/S", "COLLECTIONS", "TARGET"];
  return table([header, ...tasks.map(taskLine)]);
}

/** As the API has it, but with an empty list where there is none. */
export function tasksJson(tasks: readonly Task[]): JsonValue {
  const all = create(ListTasksResponseSchema, { tasks: [...tasks] });
  return { tasks: [], ...(toJson(ListTasksResponseSchema, all, { useProtoFieldName: true }) as JsonObject) };
}

/** One task, with all that is known of it. */
export function taskText(task: Task, format: Format): string {
  if (format !== "table") return structured(toJson(TaskSchema, task, { useProtoFieldName: true }), format);
  const { health, collections, history, reason } = task;
  return [
    tasksText([task], "table"),
    ...(reason === undefined ? [] : [`reason: ${reason}`]),
    ...(health?.lastError === undefined ? [] : [`last error: ${health.lastError.message}`]),
    ...(health?.problems ?? []).map((problem) => `problem: ${problem}`),
    ...(health?.skipped ?? []).map((one) => `skipped: ${one.records} times ${one.reason}; ${one.remedy}`),
    ...verificationLines(task),
    ...(collections.length === 0
      ? []
      : ["", table([COLLECTIONS_HEADER, ...collections.map(collectionLine)])]),
    ...(history.length === 0 ? [] : [""]),
    ...history.map(({ at, text }) => `${at === undefined ? "" : timestampDate(at).toISOString()} ${text}`),
  ].join("\n");
}

function verificationLines({ lastVerification: last, nextVerificationAt: next }: Task): string[] {
  const at = (time: Timestamp | undefined): string =>
    time === undefined ? NOT_KNOWN : timestampDate(time).toISOString();
  return [
    ...(last === undefined ? [] : [`last verification: ${at(last.at)} ${lastVerificationText(last)}`]),
    ...(next === undefined ? [] : [`next verification: ${at(next)}`]),
  ];
}

const COLLECTIONS_HEADER = ["COLLECTION", "TARGET", "PHASE", "LAG", "COPIED", "REASON"];

function collectionLine(one: CollectionStatus): string[] {
  const { snapshot } = one;
  return [
    `${one.database}.${one.name}`,
    `${one.targetDatabase}.${one.targetName}`,
    nameOf(Phase[one.phase]),
    duration(one.lagMs),
    snapshot === undefined ? NOT_KNOWN : `${snapshot.copiedRows} of ${snapshot.totalRows ?? "?"}`,
    one.reason ?? "",
  ];
}

function taskLine({ taskId, state, health, collections, milvusConnectParam: target }: Task): string[] {
  return [
    taskId,
    State[state],
    health === undefined ? NOT_KNOWN : nameOf(Status[health.status]),
    duration(health?.lagMs),
    String(health?.backlogRecords ?? NOT_KNOWN),
    health === undefined ? NOT_KNOWN : String(Math.round(health.rowsPerSecond)),
    String(collections.length),
    targetText(target),
  ];
}

function nameOf(value: string): string {
  return value.toLowerCase();
}

function duration(ms: bigint | undefined): string {
  if (ms === undefined) return NOT_KNOWN;
  const count = Number(ms);
  const unit = UNIT_SIZES.findLastIndex((size) => count >= 2 * size);
  const size = UNIT_SIZES[unit] ?? 1;
  return `${Math.round(count / size)} ${UNITS[unit] ?? "ms"}`;
}
