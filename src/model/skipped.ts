/** Why something of the source is not on the target. */
export interface SkippedReason {
  /** What it was; equal texts are counted together, so that it names no single record. */
  readonly text: string;
  /** What the operator should do about it. */
  readonly remedy: string;
}

/** How much was left out for one reason: records of the log, or objects. */
export interface SkippedCount {
  readonly reason: SkippedReason;
  readonly records: bigint;
}

const RESNAPSHOT = "pause the task and resume it with `resnapshot`, which makes the target equal";

/** What this version cannot replicate. */
export const skipped = {
  unknownMessage: (type: number): SkippedReason => ({
    text: `message type ${type} is not replicated by this version`,
    remedy: "A newer version may know it; until then, do on the target by hand what was done on the source.",
  }),
  rowBasedInsert: {
    text: "an insert in rows, as Milvus before 2.2 logged them",
    remedy: `Upgrade the source to Milvus 2.2 or newer; then ${RESNAPSHOT}.`,
  },
  deleteByPredicate: {
    text: "a delete by predicate, which names no keys",
    remedy: `Repeat the same delete on the target, or ${RESNAPSHOT}.`,
  },
  unreadableRecord: {
    text: "a record that cannot be read",
    remedy: `Report it with its topic and offset, which the service's log names; to make up for it, ${RESNAPSHOT}.`,
  },
  givenUp: {
    text: "a record that was given up by `skip_blocked_record`",
    remedy: `Write its rows on the source once more in a form that the target takes, or ${RESNAPSHOT}.`,
  },
  hiddenRows: {
    text: "a row with the largest int64 as its key, which Milvus 2.3 shows to no query",
    remedy: "Write it on the source once more, under another key, and delete this one.",
  },
  bulkImport: {
    text: "a bulk import, whose rows are not in the log",
    remedy: `When the import has ended, ${RESNAPSHOT}.`,
  },
} as const satisfies Record<string, SkippedReason | ((...args: never[]) => SkippedReason)>;
