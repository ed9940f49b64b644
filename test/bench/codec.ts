import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { encodeRows } from "../../src/milvus/encode-rows.js";
import { joinColumns } from "../../src/sink/milvus/join-columns.js";
import { decodeRecord } from "../../src/source/decode/decode-record.js";
import { RowRequests } from "../support/bench-rows.js";
import { insertMessage } from "../support/engine-log-messages.js";
import { fullInsert } from "./full-schema.js";
import { compared, type Line } from "./line.js";
import type { BenchOptions } from "./options.js";

/** About what a record of the log holds at most: 5 MiB, by 128 floats. */
const ROWS = 8_000;
const TURNS = 20;

/** Decode and encode alone, without servers: as the service does it, and with every value decoded. */
// eslint-disable-next-line @typescript-eslint/require-await -- like the other suites
export async function codec({ dim }: BenchOptions): Promise<readonly Line[]> {
  const columns = new RowRequests(dim).columns(1, ROWS);
  const facts = { ts: 7n, collectionId: 1n, partition: "_default", isUpsert: false };
  const record = insertMessage({ ...facts, columns, rows: ROWS });
  const schema = fullInsert();
  const opaque = 2 * ROWS * perSecond(() => throughOpaque([record, record]));
  const full = ROWS * perSecond(() => toBinary(schema, fromBinary(schema, record)));
  return [
    compared("codec: decode and encode, every value", full, 1, { of: "itself" }),
    compared("codec: decode and encode, opaque columns", opaque, opaque / full, { of: "every value" }),
  ];
}

/** From the log's records to one request. */
function throughOpaque(records: readonly Uint8Array[]): Uint8Array {
  const inserts = records.map(decodeRecord).filter((event) => event.kind === "insert");
  const rows = inserts.reduce((sum, insert) => sum + insert.rows, 0);
  return encodeRows({ database: "", collection: "c", partition: "", columns: joinColumns(inserts), rows });
}

/** How often a second an action goes, once it is warm. */
function perSecond(action: () => Uint8Array): number {
  action();
  const start = performance.now();
  for (let turn = 0; turn < TURNS; turn++) action();
  return TURNS / ((performance.now() - start) / 1000);
}
