import { toBinary, create } from "@bufbuild/protobuf";
import { FieldValuesSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import { DataType } from "../../src/milvus/data-type.js";
import type { RowsRequest } from "../../src/milvus/encode-rows.js";
import { MilvusRpc } from "../../src/milvus/milvus-rpc.js";
import { targetAddress } from "../../src/model/target-address.js";
import type { Names } from "./e2e-collection.js";
import { keyColumn } from "./engine-log-messages.js";

const NEVER = new AbortController().signal;

/** How a plain client writes. */
export interface InsertLoop {
  /** Rows of a request. */
  readonly batch: number;
  readonly inFlight: number;
}

/** About as fast as a server takes them. */
const FILL: InsertLoop = { batch: 16_384, inFlight: 2 };

/** Makes requests for a `TestCollection`. Those of one length share their vectors, which would be most of the work. */
export class RowRequests {
  readonly #dim: number;
  readonly #vectors = new Map<number, Uint8Array>();

  constructor(dim: number) {
    this.#dim = dim;
  }

  of({ db_name, collection_name }: Names, first: number, count: number): RowsRequest {
    const columns = this.columns(first, count).map((column) => [column]);
    return { database: db_name, collection: collection_name, partition: "", columns, rows: count };
  }

  /** Serialized. */
  columns(first: number, count: number): Uint8Array[] {
    const ids = Array.from({ length: count }, (_, i) => BigInt(first + i));
    return [keyColumn("id", ids), keyColumn("n", ids), this.#vectorColumn(count)];
  }

  #vectorColumn(count: number): Uint8Array {
    const known = this.#vectors.get(count);
    if (known !== undefined) return known;
    const values = new Float32Array(count * this.#dim).map(() => Math.random());
    const floats = { case: "floatVector", value: floatArray(values) } as const;
    const init = {
      type: DataType.floatVector,
      fieldName: "vec",
      vectors: { dim: BigInt(this.#dim), data: floats },
    };
    const column = toBinary(FieldValuesSchema, create(FieldValuesSchema, init));
    this.#vectors.set(count, column);
    return column;
  }
}

/** Writes rows with the keys 1, 2, 3, … in batches, so many at a time; answers the seconds it took. */
export async function writeBatches(
  write: (request: RowsRequest) => Promise<void>,
  names: Names,
  { rows, dim, loop = FILL }: { rows: number; dim: number; loop?: InsertLoop },
): Promise<number> {
  const requests = new RowRequests(dim);
  requests.of(names, 1, Math.min(rows, loop.batch)); // makes the vectors before the clock starts
  const start = performance.now();
  let next = 1;
  const worker = async (): Promise<void> => {
    while (next <= rows) {
      const first = next;
      const count = Math.min(loop.batch, rows - first + 1);
      next += count;
      await write(requests.of(names, first, count));
    }
  };
  await Promise.all(Array.from({ length: loop.inFlight }, worker));
  return (performance.now() - start) / 1000;
}

/** Inserts rows with the keys 1, 2, 3, …; answers the seconds it took. */
export async function insertBatches(
  uri: string,
  names: Names,
  batches: { rows: number; dim: number; loop?: InsertLoop },
): Promise<number> {
  const rpc = new MilvusRpc("target", targetAddress({ uri }));
  try {
    return await writeBatches((request) => rpc.insert(request, NEVER), names, batches);
  } finally {
    rpc.close();
  }
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
