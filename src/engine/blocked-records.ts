import { recordKey, type BlockedRecord } from "../model/blocked-record.js";
import type { ChannelName, TaskId } from "../model/ids.js";
import type { Metastore } from "../metastore/metastore.js";
import type { Logger } from "../observability/logger.js";
import type { LogReader } from "../source/log-reader.js";
import type { RetryBoard } from "./retry-board.js";

/** A log that does not give a record once more must not keep its collection from being shown as blocked. */
const READ_TIMEOUT_MS = 5_000;

export interface BlockedRecordsDeps {
  readonly metastore: Metastore;
  readonly reader: LogReader;
  readonly retries: RetryBoard;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
}

/** The records that one task's collections cannot pass, and those that operators gave up. */
export class BlockedRecords {
  readonly #taskId: TaskId;
  readonly #deps: BlockedRecordsDeps;
  #givenUp: ReadonlySet<string> = new Set();

  constructor(taskId: TaskId, deps: BlockedRecordsDeps) {
    this.#taskId = taskId;
    this.#deps = deps;
  }

  /** Before any record is read. What blocked an earlier run is tried again, and found again if it still blocks. */
  async load(): Promise<void> {
    const { metastore, retries, stopping } = this.#deps;
    const load = async (): Promise<readonly BlockedRecord[]> => {
      await metastore.forgetBlockedRecords(this.#taskId);
      return metastore.listBlockedRecords(this.#taskId);
    };
    const skipped = await retries.retry("metastore", load, stopping);
    this.#givenUp = new Set(skipped.map(({ channel, offset }) => recordKey(channel, offset)));
  }

  isGivenUp(channel: ChannelName, offset: bigint): boolean {
    return this.#givenUp.size > 0 && this.#givenUp.has(recordKey(channel, offset));
  }

  /** Remembers a record durably, with its bytes. */
  async remember(record: BlockedRecord): Promise<void> {
    const { metastore, retries, stopping } = this.#deps;
    const blocked = { ...record, value: await this.#read(record) };
    await retries.retry("metastore", () => metastore.saveBlockedRecord(this.#taskId, blocked), stopping);
  }

  async #read({ channel, offset }: BlockedRecord): Promise<Uint8Array | undefined> {
    const { reader, logger, stopping } = this.#deps;
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(READ_TIMEOUT_MS)]);
    try {
      return (await reader.record(channel, offset, signal))?.value;
    } catch (error) {
      logger.warn({ channel, offset: offset.toString(), err: error }, "blocked record not read once more");
      return undefined;
    }
  }
}
