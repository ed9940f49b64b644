import assert from "node:assert/strict";
import { fromBinary, toBinary, create } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import {
  DeleteRequestSchema,
  InsertRequestSchema,
  MutationResultSchema,
} from "#gen/milvus/wire/v1/rpc_pb.js";
import { DataType } from "../../../../src/milvus/data-type.js";
import { MilvusAdmin } from "../../../../src/milvus/milvus-admin.js";
import { SdkClients } from "../../../../src/milvus/sdk-clients.js";
import { MilvusRpc } from "../../../../src/milvus/milvus-rpc.js";
import { Slots } from "../../../../src/async/slots.js";
import { Mutex } from "../../../../src/async/mutex.js";
import { MilvusCollection } from "../../../../src/sink/milvus/milvus-collection.js";
import { TargetStructure } from "../../../../src/sink/milvus/target-structure.js";
import { fieldData } from "../../../support/engine-field-data.js";

const SERVICE = "/milvus.proto.milvus.MilvusService/";
const never = new AbortController().signal;

/** A server of before 2.3, which cannot be had any more: it knows Insert and Delete, and no Upsert. */
class OldServer implements AsyncDisposable {
  readonly calls: string[] = [];
  readonly #server = new grpc.Server();

  async listen(): Promise<string> {
    this.#serve("Insert", (bytes) => {
      const { partitionName, numRows } = fromBinary(InsertRequestSchema, bytes);
      return `insert ${numRows} into '${partitionName}'`;
    });
    this.#serve("Delete", (bytes) => {
      const { partitionName, expr } = fromBinary(DeleteRequestSchema, bytes);
      return `delete ${expr} of '${partitionName}'`;
    });
    const port = await new Promise<number>((resolve, reject) =>
      this.#server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      }),
    );
    return `127.0.0.1:${port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
    return Promise.resolve();
  }

  #serve(method: string, said: (bytes: Uint8Array) => string): void {
    const same = (bytes: Buffer): Buffer => bytes;
    const definition = {
      path: SERVICE + method,
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    };
    const answer = Buffer.from(toBinary(MutationResultSchema, create(MutationResultSchema)));
    this.#server.addService(
      { [method]: definition },
      {
        [method]: (call: grpc.ServerUnaryCall<Buffer, Buffer>, reply: grpc.sendUnaryData<Buffer>) => {
          this.calls.push(said(call.request));
          reply(null, answer);
        },
      },
    );
  }
}

describe("a target without Upsert", () => {
  it("gets a delete of the keys, then an insert, and is asked for an Upsert once", async () => {
    await using server = new OldServer();
    const address = { endpoint: await server.listen(), connectTimeoutMs: 1_000 };
    const [admin, rpc] = [
      new MilvusAdmin("target", address, new SdkClients()),
      new MilvusRpc("target", address),
    ];
    try {
      const structure = new TargetStructure(admin, rpc, new Mutex());
      const shared = { admin, rpc, structure, largeRequests: new Slots(1), lacksUpsert: false };
      const names = { target: { database: "default", name: "c" }, onlyPartitions: undefined };
      const collection = new MilvusCollection(shared, names, { keyField: "id", hasPartitionKey: false }, []);
      const insert = {
        kind: "insert",
        ts: 1n,
        collectionId: 1n,
        partition: "",
        partitionId: 0n,
        rows: 2,
        columns: [fieldData("id", DataType.int64, [7n, 8n])],
        sizeBytes: 10,
        isUpsertHalf: false,
      } as const;
      for (let i = 0; i < 2; i++) await collection.write({ kind: "upsert", inserts: [insert] }, never);
      const pair = ["delete id in [7,8] of ''", "insert 2 into ''"];
      assert.deepEqual(server.calls, [...pair, ...pair]);
      assert.equal(shared.lacksUpsert, true);
    } finally {
      rpc.close();
      await admin.close();
    }
  });
});
