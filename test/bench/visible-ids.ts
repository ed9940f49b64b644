import type { MilvusRpc } from "../../src/milvus/milvus-rpc.js";
import { keysOfColumn } from "../../src/milvus/primary-keys.js";
import type { Names } from "../support/e2e-collection.js";

/** Milvus's numbers of consistency levels. */
export const CONSISTENCY = { Strong: 0, Eventually: 3 } as const;
export type Consistency = keyof typeof CONSISTENCY;

/** The ids from `first` on that a read shows now. */
export async function visibleIds(
  rpc: MilvusRpc,
  { db_name, collection_name }: Names,
  first: number,
  consistency: Consistency,
): Promise<readonly number[]> {
  const [column] = await rpc.query(
    {
      dbName: db_name,
      collectionName: collection_name,
      expr: `id >= ${first}`,
      outputFields: ["id"],
      consistencyLevel: CONSISTENCY[consistency],
    },
    // of its own: hundreds of calls on one would be taken for a leak
    new AbortController().signal,
  );
  return column === undefined ? [] : keysOfColumn({ name: "id", type: 5, bytes: column }).map(Number);
}
