import { create } from "@bufbuild/protobuf";
import { timestampFromMs, type Timestamp } from "@bufbuild/protobuf/wkt";
import type {
  CollectionStatus,
  LastError,
  Skipped,
  SnapshotProgress,
  TaskHealth,
} from "#gen/milvus/cdc/v1/task_pb.js";
import {
  CollectionStatus_Phase,
  CollectionStatusSchema,
  LastErrorSchema,
  SkippedSchema,
  SnapshotProgressSchema,
  TaskHealth_Status,
  TaskHealthSchema,
} from "#gen/milvus/cdc/v1/task_pb.js";
import type {
  CollectionPhase,
  CollectionView,
  CopyView,
  RetryInfo,
  TaskObservation,
} from "../engine/task-view.js";
import type { SkippedCount } from "../model/skipped.js";
import { blockedRecordToProto } from "./blocked-record-to-proto.js";
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
    skipped: observation.skipped.map(skippedToProto),
    healedDifferences: observation.healed,
    retentionMarginMs: wholeMs(observation.retentionMarginMs),
    backlogRecords: observation.backlogRecords,
    rowsPerSecond: rounded(observation.rowsPerSecond),
    bytesPerSecond: rounded(observation.bytesPerSecond),
    problems: observation.problems.map(withoutUserinfo),
  });
}

/** One replicated collection of a running task. */
export function collectionStatusToProto(view: CollectionView): CollectionStatus {
  const { id, source, target } = view.collection;
  const { blockedRecord } = view;
  return create(CollectionStatusSchema, {
    collectionId: id,
    database: source.database,
    name: source.name,
    targetDatabase: target.database,
    targetName: target.name,
    phase: phases[view.phase],
    reason: view.reason === undefined ? undefined : withoutUserinfo(view.reason),
    lagMs: wholeMs(view.lagMs),
    snapshot: view.copy && copyToProto(view.copy),
    skipped: view.skipped.map(skippedToProto),
    blockedRecord: blockedRecord && blockedRecordToProto(blockedRecord),
  });
}

function copyToProto({ copiedRows, totalRows, rowsPerSecond, estimatedEndMs }: CopyView): SnapshotProgress {
  return create(SnapshotProgressSchema, {
    copiedRows,
    totalRows,
    rowsPerSecond: rounded(rowsPerSecond),
    estimatedEnd: estimatedEndMs === undefined ? undefined : timestampToShow(estimatedEndMs),
  });
}

function skippedToProto({ reason, records }: SkippedCount): Skipped {
  return create(SkippedSchema, { reason: reason.text, records, remedy: reason.remedy });
}

function rounded(rate: number): number {
  return Math.round(rate * 10) / 10;
}

/** A standing copy ends in many thousand years, for which there is no Timestamp. */
const LAST_TIMESTAMP_MS = Date.parse("9999-12-31T23:59:59Z");

function timestampToShow(ms: number): Timestamp | undefined {
  return ms > LAST_TIMESTAMP_MS ? undefined : timestampFromMs(Math.round(ms));
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

/** Clocks of source and service differ; a lag or a margin below zero would only puzzle. */
function wholeMs(ms: number | undefined): bigint | undefined {
  return ms === undefined ? undefined : BigInt(Math.max(0, Math.round(ms)));
}

const statuses: Readonly<Record<TaskObservation["status"], TaskHealth_Status>> = {
  starting: TaskHealth_Status.STARTING,
  idle: TaskHealth_Status.IDLE,
  flowing: TaskHealth_Status.FLOWING,
  retrying: TaskHealth_Status.RETRYING,
  stalled: TaskHealth_Status.STALLED,
  disconnected: TaskHealth_Status.DISCONNECTED,
};

const phases: Readonly<Record<CollectionPhase, CollectionStatus_Phase>> = {
  waiting: CollectionStatus_Phase.WAITING,
  snapshot: CollectionStatus_Phase.SNAPSHOT,
  streaming: CollectionStatus_Phase.STREAMING,
  blocked: CollectionStatus_Phase.BLOCKED,
};
