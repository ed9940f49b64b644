import { keyConditions } from "../../milvus/key-bounds.js";
import type { MilvusRpc } from "../../milvus/milvus-rpc.js";
import { keysOfColumn } from "../../milvus/primary-keys.js";
import type { PrimaryKeys } from "../../model/change-event.js";
import { CdcError } from "../../model/errors.js";
import type { HybridTs } from "../../model/ids.js";
import type { CollectionName } from "../../model/selection.js";
import type { KeyShape } from "./key-shape.js";
import { queriedColumn } from "./queried-column.js";
import type { KeyScan, ScannedRows } from "./read-page.js";

type Key = bigint | string;

/** The consistency level that takes the guarantee from the request, whatever the collection's own. */
const CUSTOMIZED = 4;
const COUNT = "count(*)";

export interface QueryPlace {
  readonly name: CollectionName;
  /** Empty for the whole collection. */
  readonly partition: string;
  readonly shape: KeyShape;
  /** Answers show everything up to this time. */
  readonly atLeast: HybridTs;
}

/** Asks Milvus by its Query call. */
export class QueryScan implements KeyScan {
  readonly #rpc: MilvusRpc;
  readonly #place: QueryPlace;
  readonly #signal: AbortSignal;

  constructor(rpc: MilvusRpc, place: QueryPlace, signal: AbortSignal) {
    this.#rpc = rpc;
    this.#place = place;
    this.#signal = signal;
  }

  get hasTextKeys(): boolean {
    return this.#place.shape.hasTextKeys;
  }

  async keys(after: Key | undefined, limit: number): Promise<PrimaryKeys> {
    const { keyField } = this.#place.shape;
    return this.#keysOf(await this.#query({ after, fields: [keyField], limit }));
  }

  async count(after: Key | undefined, upTo: Key | undefined): Promise<number> {
    const [column] = await this.#query({ after, upTo, fields: [COUNT] });
    const [count] = column === undefined ? [] : keysOfColumn(queriedColumn(column));
    if (count === undefined)
      throw new CdcError("SOURCE_UNAVAILABLE", "the source answered a count with nothing");
    return Number(count);
  }

  async rows(after: Key | undefined, upTo: Key | undefined, limit: number): Promise<ScannedRows> {
    const answer = await this.#query({ after, upTo, fields: ["*"], limit });
    return { columns: answer.map(queriedColumn), keys: this.#keysOf(answer) };
  }

  #keysOf(answer: readonly Uint8Array[]): PrimaryKeys {
    const columns = answer.map(queriedColumn);
    const column = columns.find(({ name }) => name === this.#place.shape.keyField);
    return column === undefined ? [] : keysOfColumn(column);
  }

  #query(range: {
    readonly after: Key | undefined;
    readonly upTo?: Key | undefined;
    readonly fields: readonly string[];
    readonly limit?: number;
  }): Promise<readonly Uint8Array[]> {
    const { name, partition, shape, atLeast } = this.#place;
    const { after, upTo, fields, limit } = range;
    return this.#rpc.query(
      {
        dbName: name.database,
        collectionName: name.name,
        expr: keyConditions(shape.keyField, { after, upTo }).join(" and "),
        outputFields: [...fields],
        partitionNames: partition === "" ? [] : [partition],
        guaranteeTimestamp: atLeast,
        consistencyLevel: CUSTOMIZED,
        // never `reduce_stop_for_best`: it loses rows
        queryParams: limit === undefined ? [] : [{ key: "limit", value: String(limit) }],
      },
      this.#signal,
    );
  }
}
