import type { MilvusRpc } from "../../src/milvus/milvus-rpc.js";
import type { Names } from "../support/e2e-collection.js";
import { CONSISTENCY } from "./visible-ids.js";

const NEVER = new AbortController().signal;
/** The most that a query answers. */
const PAGE = 16_384;

/** Reads the rows with the keys 1 to `rows`, page after page; answers the seconds it took. */
export async function readRows(
  rpc: MilvusRpc,
  { db_name, collection_name }: Names,
  rows: number,
  readers: number,
): Promise<number> {
  const start = performance.now();
  let next = 1;
  const read = async (): Promise<void> => {
    while (next <= rows) {
      const first = next;
      next += PAGE;
      await rpc.query(
        {
          dbName: db_name,
          collectionName: collection_name,
          expr: `id >= ${first} and id < ${next}`,
          outputFields: ["*"],
          consistencyLevel: CONSISTENCY.Eventually,
        },
        NEVER,
      );
    }
  };
  await Promise.all(Array.from({ length: readers }, read));
  return (performance.now() - start) / 1000;
}
