import type { ChannelName, CollectionId } from "./ids.js";
import type { CollectionName } from "./selection.js";

/** A record that its collection cannot pass, as it stands in the log. */
export interface BlockedRecord {
  readonly collectionId: CollectionId;
  /** The source's name of the collection when it was blocked. */
  readonly collection: CollectionName;
  readonly channel: ChannelName;
  readonly offset: bigint;
  /** Code and message of the error. */
  readonly cause: string;
  readonly blockedAtMs: number;
  /** The whole record; undefined when the log did not give it once more. */
  readonly value: Uint8Array | undefined;
  /** When an operator gave it up; undefined while it blocks. */
  readonly skippedAtMs: number | undefined;
}

/** Tells records of one task from each other. */
export function recordKey(channel: ChannelName, offset: bigint): string {
  return `${channel}/${offset}`;
}
