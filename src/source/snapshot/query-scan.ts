import { keyConditions, keyListCondition } from "../../milvus/key-bounds.js";
import type { MilvusRpc } from "../../milvus/milvus-rpc.js";
import { keysOfColumn } from "../../milvus/primary-keys.js";
import type { PrimaryKeys } from "../../model/change-event.js";
import { CdcError } from "../../model/errors.js";
import type { HybridTs } from "../../model/ids.js";
import type { Key } from "../../model/key-span.js";
import type { CollectionName } from "../../model/selection.js";
import type { KeyShape } from "./key-shape.js";
import { MAX_LIMIT, type KeyScan, type ScannedRows } from "./key-scan.js";
import { queriedColumn } from "./queried-column.js";

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

interface Asked {
  readonly expr: string;
  readonly fields: readonly string[];
  readonly limit?: number;
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
    return countIn(await this.#query({ after, upTo, fields: [COUNT] }));
  }

  async rows(after: Key | undefined, upTo: Key | undefined, limit: number): Promise<ScannedRows> {
    const answer = await this.#query({ after, upTo, fields: ["*"], limit });
    return { columns: answer.map(queriedColumn), keys: this.#keysOf(answer) };
  }

  /** The rows of some keys, few enough that those of equal keys do not fill the answer; see `readPage`. */
  async rowsOf(keys: PrimaryKeys): Promise<ScannedRows> {
    const expr = keyListCondition(this.#place.shape.keyField, keys);
    const answer = await this.#ask({ expr, fields: ["*"], limit: MAX_LIMIT });
    return { columns: answer.map(queriedColumn), keys: this.#keysOf(answer) };
  }

  /** Those of some keys that have a row. */
  async presentOf(keys: PrimaryKeys): Promise<PrimaryKeys> {
    const { keyField } = this.#place.shape;
    const expr = keyListCondition(keyField, keys);
    return this.#keysOf(await this.#ask({ expr, fields: [keyField], limit: MAX_LIMIT }));
  }

  /** Rows of some keys, those of equal keys one by one. */
  async countOf(keys: PrimaryKeys): Promise<number> {
    const expr = keyListCondition(this.#place.shape.keyField, keys);
    return countIn(await this.#ask({ expr, fields: [COUNT] }));
  }

  #keysOf(answer: readonly Uint8Array[]): PrimaryKeys {
    const columns = answer.map(queriedColumn);
    const column = columns.find(({ name }) => name === this.#place.shape.keyField);
    return column === undefined ? [] : keysOfColumn(column);
  }

  #query({
    after,
    upTo,
    ...asked
  }: {
    readonly after: Key | undefined;
    readonly upTo?: Key | undefined;
    readonly fields: readonly string[];
    readonly limit?: number;
  }): Promise<readonly Uint8Array[]> {
    const conditions = keyConditions(this.#place.shape.keyField, { after, upTo });
    return this.#ask({ ...asked, expr: conditions.join(" and ") });
  }

  #ask({ expr, fields, limit }: Asked): Promise<readonly Uint8Array[]> {
    const { name, partition, atLeast } = this.#place;
    return this.#rpc.query(
      {
        dbName: name.database,
        collectionName: name.name,
        expr,
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

function countIn([column]: readonly Uint8Array[]): number {
  const [count] = column === undefined ? [] : keysOfColumn(queriedColumn(column));
  if (count === undefined) throw new CdcError("SOURCE_UNAVAILABLE", "a count was answered with nothing");
  return Number(count);
}
