import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  VerifyDifference_Kind as Kind,
  VerifyLevel as Level,
  type CollectionVerificationSchema,
  type VerifyDifferenceSchema,
  type VerifyTaskRequest,
  type VerifyTaskResponseSchema,
} from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type {
  CollectionVerification,
  Difference,
  DifferenceKind,
  VerifyLevel,
  VerifyOptions,
  VerifyUpdate,
} from "../model/verification.js";

const levels: Readonly<Record<Level, VerifyLevel>> = {
  [Level.UNSPECIFIED]: "full",
  [Level.COUNTS]: "counts",
  [Level.SAMPLE]: "sample",
  [Level.FULL]: "full",
};

const levelsToProto: Readonly<Record<VerifyLevel, Level>> = {
  counts: Level.COUNTS,
  sample: Level.SAMPLE,
  full: Level.FULL,
};

const kinds: Readonly<Record<DifferenceKind, Kind>> = {
  missing: Kind.MISSING,
  extra: Kind.EXTRA,
  differing: Kind.DIFFERING,
  duplicated: Kind.DUPLICATED,
};

export function levelFromProto(level: Level): VerifyLevel {
  return levels[level];
}

export function verifyOptionsFromProto(request: VerifyTaskRequest): VerifyOptions {
  const { level, maxRowsPerSecond, sampleRanges, repair = false, dryRun = false } = request;
  return { level: levels[level], maxRowsPerSecond, sampleRanges, repair, dryRun };
}

export function verifyUpdateToProto(update: VerifyUpdate): MessageInitShape<typeof VerifyTaskResponseSchema> {
  switch (update.kind) {
    case "progress": {
      const { collection, ...counts } = update.progress;
      const names = { database: collection.database, collection: collection.name };
      return { update: { case: "progress", value: { ...names, ...counts } } };
    }
    case "difference":
      return { update: { case: "difference", value: differenceToProto(update.difference) } };
    case "result": {
      const { isEqual, isComplete, level, collections, isRepaired } = update.result;
      const value = {
        isEqual,
        isComplete,
        isRepaired,
        level: levelsToProto[level],
        collections: collections.map(collectionToProto),
      };
      return { update: { case: "result", value } };
    }
  }
}

function differenceToProto({
  kind,
  collection,
  key,
  columns = [],
  partition,
  object,
  detail,
}: Difference): MessageInitShape<typeof VerifyDifferenceSchema> {
  return {
    kind: kinds[kind],
    database: collection.database,
    collection: collection.name,
    partition,
    key: keyToProto(key),
    columns: [...columns],
    object,
    detail,
  };
}

function keyToProto(
  key: bigint | string | undefined,
): { case: "intKey"; value: bigint } | { case: "textKey"; value: string } | { case: undefined } {
  if (key === undefined) return { case: undefined };
  return typeof key === "bigint" ? { case: "intKey", value: key } : { case: "textKey", value: key };
}

function collectionToProto({
  source,
  target,
  problems,
  ...counts
}: CollectionVerification): MessageInitShape<typeof CollectionVerificationSchema> {
  return {
    ...counts,
    database: source.database,
    collection: source.name,
    targetDatabase: target.database,
    targetCollection: target.name,
    problems: [...problems],
  };
}
