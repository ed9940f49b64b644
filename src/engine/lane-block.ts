import type { BlockedRecord } from "../model/blocked-record.js";
import type { CdcError } from "../model/errors.js";
import type { ChannelName } from "../model/ids.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import type { QueuedEvent } from "./shard-queue.js";

/**
 * Why a lane is blocked, and what it holds. It keeps nothing in memory: its
 * first record in each channel stays undone, and so does its tick, which holds
 * the checkpoint; after a resume all is read again.
 */
export class LaneBlock {
  /** The record at fault, where there is one; its bytes are left out. */
  readonly record: BlockedRecord | undefined;
  readonly #heldChannels = new Set<ChannelName>();

  constructor({ id, source }: ReplicatedCollection, { record, code, message }: CdcError) {
    this.record = record && {
      ...record,
      collectionId: id,
      collection: source,
      cause: `${code}: ${message}`,
      blockedAtMs: Date.now(),
      value: undefined,
      skippedAtMs: undefined,
    };
  }

  hold(channel: ChannelName, events: readonly QueuedEvent[]): void {
    for (const { pending } of events) {
      if (this.#heldChannels.has(channel)) pending.done();
      else pending.letGo();
      this.#heldChannels.add(channel);
    }
  }
}
