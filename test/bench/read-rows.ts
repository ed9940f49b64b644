import type { MilvusSide } from "../../src/milvus/milvus-errors.js";
import { MilvusRpc } from "../../src/milvus/milvus-rpc.js";
import { targetAddress } from "../../src/model/target-address.js";
import type { Names } from "../support/e2e-collection.js";
import { CONSISTENCY } from "./visible-ids.js";

const NEVER = new AbortController().signal;
/** The most that a query answers. */
const PAGE = 16_384;

/** Readers side by side, each with its part of the keys. */
const READERS = [1, 2, 4];
const READERS_AT_ONCE = 2;

/** Rows with the keys 1 to `rows` that a plain reader gets of a server in a second, with as many readers as are best. */
export async function fastestRead(
  side: MilvusSide,
  uri: string,
  names: Names,
  rows: number,
): Promise<number> {
  const rpc = new MilvusRpc(side, targetAddress({ uri }));
  let best = 0;
  for (const readers of READERS) {
    const rowsPerSecond = rows / (await readRows(rpc, names, rows, readers));
    console.error(`  ${side}, ${readers} readers: ${Math.round(rowsPerSecond)} rows/s`);
    best = Math.max(best, rowsPerSecond);
  }
  rpc.close();
  return best;
}

/** Reads them once, with as many readers as are best for most servers: while another one is read, or written. */
export async function readOnce(side: MilvusSide, uri: string, names: Names, rows: number): Promise<void> {
  const rpc = new MilvusRpc(side, targetAddress({ uri }));
  await readRows(rpc, names, rows, READERS_AT_ONCE);
  rpc.close();
}

/** Reads the rows with the keys 1 to `rows`, page after page; answers the seconds it took. */
async function readRows(
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
