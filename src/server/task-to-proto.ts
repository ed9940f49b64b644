import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Task } from "#gen/milvus/cdc/v1/task_pb.js";
import {
  CollectionInfosSchema,
  DialConfigSchema,
  MilvusConnectParamSchema,
  NameMappingSchema,
  Task_State,
  TaskEventSchema,
  TaskSchema,
} from "#gen/milvus/cdc/v1/task_pb.js";
import type { CollectionView, RetryInfo, TaskObservation, TaskView } from "../engine/task-view.js";
import type { CollectionEntry, DatabaseSelection } from "../model/selection.js";
import { startPositionText } from "../model/start-position.js";
import type { TaskEvent } from "../model/task-event.js";
import type { ConnectParam, TaskSpec, TaskState } from "../model/task.js";
import { collectionStatusToProto, healthToProto } from "./observation-to-proto.js";
import { verificationToProto } from "./verification-to-proto.js";
import { uriWithoutUserinfo, withoutUserinfo } from "./userinfo.js";

/** A task as users see it. Token, username and password stay behind. */
export function taskToProto({ task, observation, history }: TaskView): Task {
  return create(TaskSchema, {
    ...specToProto(task.spec),
    taskId: task.id,
    state: states[task.state],
    reason: reasonOf(task.reason, observation),
    createdAt: timestampFromMs(task.createdAtMs),
    health: observation && healthToProto(observation),
    collections: observation?.collections.map(collectionStatusToProto) ?? [],
    history: history?.map(eventToProto) ?? [],
    ...verificationToProto(task),
  });
}

function eventToProto({ atMs, text, collection }: TaskEvent) {
  return create(TaskEventSchema, {
    at: timestampFromMs(atMs),
    text: withoutUserinfo(text),
    database: collection?.database,
    collection: collection?.name,
  });
}

const states: Readonly<Record<TaskState, Task_State>> = {
  Initial: Task_State.Initial,
  Running: Task_State.Running,
  Paused: Task_State.Paused,
  Failed: Task_State.Failed,
};

function specToProto(spec: TaskSpec) {
  return {
    milvusConnectParam: connectParamToProto(spec.connectParam),
    collectionInfos: spec.collections.map(entryToProto),
    dbCollections: databasesToProto(spec.databases),
    excludeCollections: databasesToProto(spec.excluded ?? {}),
    nameMapping: spec.nameMappings.map((mapping) =>
      create(NameMappingSchema, {
        sourceDb: mapping.sourceDatabase,
        targetDb: mapping.targetDatabase,
        collectionMapping: mapValues(mapping.collections, (name) => name),
      }),
    ),
    source: spec.source,
    reverseOf: spec.reverseOf,
    earlyApply: spec.earlyApply,
    verifyEverySeconds: spec.verifySchedule?.everySeconds,
    verifyLevel: spec.verifySchedule?.level,
    verifyMaxRowsPerSecond: spec.verifySchedule?.maxRowsPerSecond,
    ...optionsToProto(spec),
  };
}

function databasesToProto(databases: DatabaseSelection) {
  return mapValues(databases, (names) =>
    create(CollectionInfosSchema, { collectionInfos: names.map(entryToProto) }),
  );
}

function entryToProto(entry: CollectionEntry) {
  return typeof entry === "string"
    ? { name: entry }
    : { name: entry.name, partitions: [...entry.partitions] };
}

function optionsToProto({ start, loadForSnapshot, replicateRbac, given = [] }: TaskSpec) {
  return {
    startPosition: given.includes("start") ? startPositionText(start) : undefined,
    loadForSnapshot: given.includes("loadForSnapshot") ? loadForSnapshot : undefined,
    replicateRbac: given.includes("replicateRbac") ? replicateRbac : undefined,
  };
}

/** Each field is named, so that a secret which the model gains later does not slip through. */
function connectParamToProto(param: ConnectParam) {
  return create(MilvusConnectParamSchema, {
    uri: param.uri === undefined ? undefined : uriWithoutUserinfo(param.uri),
    host: param.host,
    port: param.port,
    enableTls: param.enableTls,
    connectTimeout: param.connectTimeoutSeconds,
    dialConfig: param.dialConfig && create(DialConfigSchema, param.dialConfig),
  });
}

/** A running task is "Running" while it retries; curl users see here what it waits for. */
function reasonOf(reason: string | undefined, observation?: TaskObservation): string | undefined {
  const text =
    (observation &&
      (waitOf(observation.retry) ?? stallOf(observation) ?? blockedOf(observation.collections))) ??
    reason;
  return text === undefined ? undefined : withoutUserinfo(text);
}

function waitOf(retry: RetryInfo | undefined): string | undefined {
  if (retry === undefined) return undefined;
  const { error, attempts } = retry;
  const tries = attempts === 1 ? "1 try" : `${attempts} tries`;
  return `retrying, ${tries} so far - ${error.code} - ${error.message} - ${error.remedy}`;
}

function stallOf({ status, problems }: TaskObservation): string | undefined {
  return status === "stalled" ? `stalled - ${problems[0] ?? "see its problems"}` : undefined;
}

/** Whoever looks at the task alone has to see that not all of it is well. */
function blockedOf(collections: readonly CollectionView[]): string | undefined {
  const blocked = collections.filter(({ phase }) => phase === "blocked");
  const [first] = blocked;
  if (first === undefined) return undefined;
  const { database, name } = first.collection.source;
  const count = `${blocked.length} of ${collections.length} collections blocked`;
  return `${count}, ${database}.${name} - ${first.reason ?? "see the collection"}`;
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
