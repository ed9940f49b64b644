import { fullName } from "../model/selection.js";
import { CdcError } from "../model/errors.js";
import type { RowCollection, RowSource } from "../source/row-source.js";
import type { CollectionRecord } from "./collection-record.js";
import type { CopyState } from "./copy-state.js";
import type { LaneDeps } from "./lane-deps.js";

/** The source of one collection's rows, under whatever name it has there by now. */
export class CopySource {
  readonly #record: CollectionRecord;
  readonly #state: CopyState;
  readonly #deps: LaneDeps;

  constructor(record: CollectionRecord, state: CopyState, deps: LaneDeps) {
    this.#record = record;
    this.#state = state;
    this.#deps = deps;
  }

  /** Of failures, as users see them. */
  get place(): string {
    return `snapshot of ${fullName(this.#record.current.source)}`;
  }

  /** Once: who asks again lets other collections have their turn in between. */
  ask<T>(action: (rows: RowSource, of: RowCollection) => Promise<T>): Promise<T> {
    const { id, source: name, description, onlyPartitions } = this.#record.current;
    return action(this.#deps.rows, { id, name, description, onlyPartitions });
  }

  /** What is loaded is remembered before, so that it is released also after a crash. */
  async load(partition: string, signal: AbortSignal): Promise<void> {
    await this.#state.change(({ loadedPartitions }) => ({
      loadedPartitions: [...new Set([...loadedPartitions, partition])],
    }));
    try {
      await this.ask((rows, of) => rows.load(of, partition, signal));
    } catch (error) {
      // its owner may load it now, and wants it to stay so
      if (CdcError.from(error).code === "SOURCE_NOT_LOADED") await this.#released(partition);
      throw error;
    }
  }

  async release(partition: string, signal: AbortSignal): Promise<void> {
    if (this.#state.copy?.loadedPartitions.includes(partition) !== true) return;
    const isReleased = await this.ask(async (rows, of) => {
      await rows.release(of, partition, signal);
      // one that is renamed at this moment was not found
      return (await rows.partitions(of, signal)) !== undefined;
    });
    if (isReleased) await this.#released(partition);
  }

  #released(partition: string): Promise<void> {
    return this.#state.change(({ loadedPartitions }) => ({
      loadedPartitions: loadedPartitions.filter((loaded) => loaded !== partition),
    }));
  }
}
