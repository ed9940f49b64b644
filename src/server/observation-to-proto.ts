import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { CollectionStatus, LastError, TaskHealth } from "#gen/milvus/cdc/v1/task_pb.js";
import {
  CollectionStatus_Phase,
  CollectionStatusSchema,
  LastErrorSchema,
  TaskHealth_Status,
  TaskHealthSchema,
} from "#gen/milvus/cdc/v1/task_pb.js";
import type { CollectionPhase, CollectionView, RetryInfo, TaskObservation } from "../engine/task-view.js";
import { withoutUserinfo } from "./userinfo.js";

/** How a running task is doing. */
export function healthToProto(observation: TaskObservation): TaskHealth {
  return create(TaskHealthSchema, {
    status: statuses[observation.status],
    lagMs: wholeMs(observation.lagMs),
    insertedRows: observation.insertedRows,
    deletedKeys: observation.deletedKeys,
    upsertedRows: observation.upsertedRows,
    lastError: observation.retry && lastErrorToProto(observation.retry),
    skipped: Array.from(observation.skipped, ([reason, records]) => ({ reason, records })),
  });
}

/** One replicated collection of a running task. */
export function collectionStatusToProto(view: CollectionView): CollectionStatus {
  const { id, source, target } = view.collection;
  return create(CollectionStatusSchema, {
    collectionId: id,
    database: source.database,
    name: source.name,
    targetDatabase: target.database,
    targetName: target.name,
    phase: phases[view.phase],
    reason: view.reason === undefined ? undefined : withoutUserinfo(view.reason),
    lagMs: wholeMs(view.lagMs),
  });
}

function lastErrorToProto({ error, attempts, failedAtMs, nextTryAtMs }: RetryInfo): LastError {
  return create(LastErrorSchema, {
    code: error.code,
    message: withoutUserinfo(error.message),
    remedy: error.remedy,
    attempts,
    failedAt: timestampFromMs(failedAtMs),
    nextTryAt: timestampFromMs(nextTryAtMs),
  });
}

/** Clocks of source and service differ; a lag below zero would only puzzle. */
function wholeMs(ms: number | undefined): bigint | undefined {
  return ms === undefined ? undefined : BigInt(Math.max(0, Math.round(ms)));
}

const statuses: Readonly<Record<TaskObservation["status"], TaskHealth_Status>> = {
  starting: TaskHealth_Status.STARTING,
  idle: TaskHealth_Status.IDLE,
  flowing: TaskHealth_Status.FLOWING,
  retrying: TaskHealth_Status.RETRYING,
};

const phases: Readonly<Record<CollectionPhase, CollectionStatus_Phase>> = {
  waiting: CollectionStatus_Phase.WAITING,
  streaming: CollectionStatus_Phase.STREAMING,
  blocked: CollectionStatus_Phase.BLOCKED,
};
