import * as z from "zod";
import type { AccessControl } from "../../model/access-control.js";
import type { BlockedRecord } from "../../model/blocked-record.js";
import type { ChannelProgress } from "../../model/position.js";
import type { ReplicatedCollection } from "../../model/replicated-collection.js";
import type { CollectionStructure } from "../../model/structure.js";
import type { TaskEvent } from "../../model/task-event.js";
import type { TaskRecord } from "../../model/task.js";
import type { Keyring } from "../keyring.js";
import { rowCopy } from "./row-copy-json.js";
import { openSpec, type StoredSpec } from "./sealed-spec.js";
import { lastVerification } from "./verification-json.js";

const blob = z.instanceof(ArrayBuffer).transform((buffer) => new Uint8Array(buffer));
const json = z.string().transform((text): unknown => JSON.parse(text));

/** Taken as it was written: a list of its fields here would drop those that the model gains. */
const spec = json.pipe(z.custom<StoredSpec>((value) => typeof value === "object" && value !== null));

/** What a task's row says of its target and source, as it is stored. */
export const storedSpecRow = z.object({ id: z.string(), spec });

/** A row of `tasks`; opens what is sealed in it. */
export const taskRow = (keys: Keyring): z.ZodType<TaskRecord> =>
  z
    .object({
      id: z.string(),
      spec,
      state: z.enum(["Initial", "Running", "Paused", "Failed"]),
      reason: json.pipe(z.string()).nullable(),
      created_at_ms: z.bigint().transform(Number),
      revision: z.bigint().transform(Number),
      start_ts: z.bigint(),
      verification: json.pipe(lastVerification).nullable(),
    })
    .transform(
      ({ created_at_ms: createdAtMs, start_ts: startTs, reason, verification, spec: stored, ...row }) => ({
        ...row,
        spec: openSpec(stored, row.id, keys),
        ...(reason !== null && { reason }),
        ...(verification !== null && { lastVerification: verification }),
        createdAtMs,
        startTs,
      }),
    );

const collectionName = z.object({ database: z.string(), name: z.string() });

/** As `spec`. */
const structure = json.pipe(
  z.custom<CollectionStructure>((value) => typeof value === "object" && value !== null),
);

/** A row of `progress`. */
export const progressRow: z.ZodType<ChannelProgress> = z.object({
  channel: z.string(),
  checkpoint: z.bigint(),
  tick: z.bigint(),
  frontier: z.bigint(),
});

/** A row of `collections`. */
export const collectionRow: z.ZodType<ReplicatedCollection> = z
  .object({
    id: z.bigint(),
    source_database: z.string(),
    source_name: z.string(),
    target_database: z.string(),
    target_name: z.string(),
    description: blob,
    channels: json.pipe(z.array(z.string())),
    created_ts: z.bigint(),
    barrier_ts: z.bigint(),
    partitions: json.pipe(z.array(z.tuple([z.string(), z.string().transform(BigInt)]))),
    is_merged: z.bigint().nullable(),
    copy: json.pipe(rowCopy).nullable(),
    imports: json.pipe(z.array(z.string().transform(BigInt))),
    structure: structure.nullable(),
    former_target: json.pipe(collectionName).nullable(),
    only_partitions: json.pipe(z.array(z.string())).nullable(),
  })
  .transform((row) => ({
    id: row.id,
    source: { database: row.source_database, name: row.source_name },
    target: { database: row.target_database, name: row.target_name },
    formerTarget: row.former_target ?? undefined,
    description: row.description,
    channels: row.channels,
    createdTs: row.created_ts,
    barrierTs: row.barrier_ts,
    onlyPartitions: row.only_partitions ?? undefined,
    partitions: new Map(row.partitions),
    isMerged: row.is_merged === null ? undefined : row.is_merged === 1n,
    copy: row.copy ?? undefined,
    imports: new Set(row.imports),
    structure: row.structure ?? undefined,
  }));

/** The column `access` of a task. */
export const accessRow: z.ZodType<AccessControl> = z
  .object({
    access: json.pipe(z.custom<AccessControl>((value) => typeof value === "object" && value !== null)),
  })
  .transform((row) => row.access);

/** A row of `databases`. */
export const databaseRow: z.ZodType<string> = z.object({ name: z.string() }).transform((row) => row.name);

/** A row of `blocked_records`. */
export const blockedRecordRow: z.ZodType<BlockedRecord> = z
  .object({
    collection_id: z.bigint(),
    database: z.string(),
    name: z.string(),
    channel: z.string(),
    record_offset: z.bigint(),
    cause: json.pipe(z.string()),
    blocked_at_ms: z.bigint().transform(Number),
    value: blob.nullable(),
    skipped_at_ms: z.bigint().transform(Number).nullable(),
  })
  .transform((row) => ({
    collectionId: row.collection_id,
    collection: { database: row.database, name: row.name },
    channel: row.channel,
    offset: row.record_offset,
    cause: row.cause,
    blockedAtMs: row.blocked_at_ms,
    value: row.value ?? undefined,
    skippedAtMs: row.skipped_at_ms ?? undefined,
  }));

/** A row of `events`. */
export const eventRow: z.ZodType<TaskEvent> = z
  .object({
    at_ms: z.bigint().transform(Number),
    text: json.pipe(z.string()),
    collection: json.pipe(collectionName).nullable(),
  })
  .transform(({ at_ms: atMs, text, collection }) => ({
    atMs,
    text,
    ...(collection !== null && { collection }),
  }));
