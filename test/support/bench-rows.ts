import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { toBinary, create } from "@bufbuild/protobuf";
import { FieldValuesSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import { MilvusRpc, type RowsRequest } from "../../src/milvus/milvus-rpc.js";
import { targetAddress } from "../../src/model/target-address.js";
import { TestCollection, type Names } from "./e2e-collection.js";

const BATCH = 16_384;
const NEVER = new AbortController().signal;

/** Inserts rows in batches of serialized columns, two at a time: about as fast as a server takes them. */
export async function fillByBatches(uri: string, names: Names, rows: number, dim: number): Promise<void> {
  const rpc = new MilvusRpc("target", targetAddress({ uri }));
  let next = 1;
  const worker = async (): Promise<void> => {
    while (next <= rows) {
      const first = next;
      const count = Math.min(BATCH, rows - first + 1);
      next += count;
      await rpc.insert(requestOf(names, first, count, dim), NEVER);
    }
  };
  await Promise.all([worker(), worker()]);
  rpc.close();
}

/** Rows per second of a plain client that inserts batch after batch into a collection of its own. */
export async function writeRate(
  uri: string,
  client: MilvusClient,
  name: string,
  rows: number,
  dim: number,
): Promise<number> {
  const collection = new TestCollection(client, name, { dim });
  await collection.create();
  const rpc = new MilvusRpc("target", targetAddress({ uri }));
  const requests: RowsRequest[] = [];
  for (let first = 1; first <= rows; first += BATCH)
    requests.push(requestOf(collection.names, first, Math.min(BATCH, rows - first + 1), dim));
  const start = Date.now();
  for (const request of requests) await rpc.insert(request, NEVER);
  const seconds = (Date.now() - start) / 1000;
  rpc.close();
  await collection.drop();
  return rows / seconds;
}

function requestOf(
  { db_name, collection_name }: Names,
  first: number,
  count: number,
  dim: number,
): RowsRequest {
  const ids = Array.from({ length: count }, (_, i) => BigInt(first + i));
  const vectors = new Float32Array(count * dim).map(() => Math.random());
  const longs = (name: string): Uint8Array =>
    toBinary(
      FieldValuesSchema,
      create(FieldValuesSchema, {
        type: 5,
        fieldName: name,
        scalars: { data: { case: "longData", value: { data: ids } } },
      }),
    );
  const vec = toBinary(
    FieldValuesSchema,
    create(FieldValuesSchema, {
      type: 101,
      fieldName: "vec",
      vectors: { dim: BigInt(dim), data: { case: "floatVector", value: floatArray(vectors) } },
    }),
  );
  const columns = [longs("id"), longs("n"), vec];
  return { database: db_name, collection: collection_name, partition: "", columns, rows: count };
}

/** A FloatArray message: its only field is the packed list. */
function floatArray(values: Float32Array): Uint8Array {
  const bytes = Buffer.from(values.buffer);
  const header: number[] = [0x0a];
  for (let left = bytes.length; ; left >>>= 7) {
    if (left < 0x80) {
      header.push(left);
      break;
    }
    header.push((left & 0x7f) | 0x80);
  }
  return Buffer.concat([Buffer.from(header), bytes]);
}
