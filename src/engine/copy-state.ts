import { isCopied, NEW_COPY, type CopyCursor, type RowCopy } from "../model/row-copy.js";
import type { SourcePartition } from "../source/row-source.js";
import type { CollectionRecord } from "./collection-record.js";

/** How far the copy of one collection is, as it is remembered. */
export class CopyState {
  readonly #record: CollectionRecord;

  constructor(record: CollectionRecord) {
    this.#record = record;
  }

  /** Undefined when there is nothing to copy. */
  get copy(): RowCopy | undefined {
    return this.#record.current.copy;
  }

  isDone(): boolean {
    return this.copy?.isDone ?? true;
  }

  isWanted(partition: SourcePartition): boolean {
    return isCopied(this.copy ?? NEW_COPY, partition.name) && !this.cursorOf(partition).isDone;
  }

  cursorOf({ name, id }: SourcePartition): CopyCursor {
    const cursor = this.copy?.cursors.get(name);
    return cursor?.partitionId === id ? cursor : { partitionId: id, lastKey: undefined, isDone: false };
  }

  async change(change: (copy: RowCopy) => Partial<RowCopy>): Promise<void> {
    await this.#record.change(({ copy = NEW_COPY }) => ({ copy: { ...copy, ...change(copy) } }));
  }
}
