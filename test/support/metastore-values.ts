import type { BlockedRecord } from "../../src/model/blocked-record.js";
import { countsOf, type LastVerification } from "../../src/model/last-verification.js";
import type { ChannelProgress } from "../../src/model/position.js";
import type { ReplicatedCollection } from "../../src/model/replicated-collection.js";
import type { TaskRecord } from "../../src/model/task.js";

/** The largest int64: of offsets, ids and hybrid timestamps. */
export const MAX_INT64 = 2n ** 63n - 1n;
/** The first integer that a double cannot hold. */
export const BEYOND_DOUBLE = 2n ** 53n + 1n;

/** A task whose every part says something; `changes` replace parts of it. */
export function aTask(changes: Partial<TaskRecord> = {}): TaskRecord {
  return {
    id: "0123456789abcdef0123456789abcdef",
    spec: {
      connectParam: {
        uri: "https://target:19530",
        token: "root:Milvus",
        dialConfig: { serverName: "target" },
      },
      collections: ["*"],
      databases: { default: ["one", "two"], "*": ["three"] },
      excluded: { default: ["one_*"] },
      nameMappings: [{ sourceDatabase: "default", targetDatabase: "copy", collections: { one: "uno" } }],
      source: "default",
      start: { kind: "time", ms: 1_700_000_000_000 },
      loadForSnapshot: true,
      replicateRbac: false,
      earlyApply: false,
      verifySchedule: { everySeconds: 3_600, level: "full", maxRowsPerSecond: 1_000 },
    },
    state: "Initial",
    createdAtMs: 1_700_000_000_123,
    startTs: BEYOND_DOUBLE,
    revision: 1,
    ...changes,
  };
}

/** Progress of a channel; frontier and tick equal the checkpoint unless given. */
export function aProgress(
  channel: string,
  checkpoint: bigint,
  changes: Partial<ChannelProgress> = {},
): ChannelProgress {
  return { channel, checkpoint, tick: checkpoint, frontier: checkpoint, ...changes };
}

/** A collection whose description is bytes that are no text. */
export function aCollection(changes: Partial<ReplicatedCollection> = {}): ReplicatedCollection {
  return {
    id: 446_744_073_709_551_615n,
    source: { database: "default", name: "one" },
    target: { database: "copy", name: "uno" },
    formerTarget: { database: "copy", name: "one" },
    description: Uint8Array.of(0, 255, 10, 0),
    channels: ["by-dev-rootcoord-dml_0", "by-dev-rootcoord-dml_1"],
    createdTs: BEYOND_DOUBLE,
    barrierTs: 7n,
    onlyPartitions: ["p", "2026_*"],
    partitions: new Map([["p", 2n ** 63n - 1n]]),
    isMerged: false,
    copy: {
      isDone: false,
      isReplacing: true,
      partitions: new Set(["p", "q"]),
      totalRows: BEYOND_DOUBLE,
      copiedRows: 5n,
      cursors: new Map([
        ["p", { partitionId: MAX_INT64, lastKey: -(2n ** 63n), isDone: true }],
        ["q", { partitionId: 1n, lastKey: "5", isDone: false }],
        ["", { partitionId: 0n, lastKey: undefined, isDone: false }],
      ]),
      loadedPartitions: ["", "p"],
    },
    imports: new Set([BEYOND_DOUBLE, 1n]),
    structure: undefined,
    ...changes,
  };
}

/** One whose numbers no double could hold. */
export function aVerification(changes: Partial<LastVerification> = {}): LastVerification {
  return {
    atMs: 1_700_000_000_123,
    level: "full",
    outcome: "differ",
    counts: countsOf((name) => BEYOND_DOUBLE + BigInt(name.length)),
    scheduleMetAtMs: 1_700_000_000_000,
    ...changes,
  };
}

/** A record that blocks, and whose cause no text column could hold as it is. */
export function aBlockedRecord(changes: Partial<BlockedRecord> = {}): BlockedRecord {
  return {
    collectionId: 446_744_073_709_551_615n,
    collection: { database: "default", name: "one" },
    channel: "by-dev-rootcoord-dml_0",
    offset: BEYOND_DOUBLE,
    cause: "TARGET_REJECTED: cut \0 here",
    blockedAtMs: 1_700_000_000_123,
    value: Uint8Array.of(0, 255, 10, 0),
    skippedAtMs: undefined,
    ...changes,
  };
}
