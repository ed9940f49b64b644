import assert from "node:assert/strict";
import { Slots } from "../../../../src/async/slots.js";
import type { MilvusAdmin } from "../../../../src/milvus/milvus-admin.js";
import type { MilvusRpc } from "../../../../src/milvus/milvus-rpc.js";
import type { RowInsert } from "../../../../src/model/change-event.js";
import { MilvusCollection, type MilvusTarget } from "../../../../src/sink/milvus/milvus-collection.js";
import type { TargetStructure } from "../../../../src/sink/milvus/target-structure.js";

const never = new AbortController().signal;

/** A target of which each request is answered when the test says so. */
class SlowTarget implements MilvusTarget {
  readonly admin = {} as unknown as MilvusAdmin;
  readonly structure = {} as unknown as TargetStructure;
  readonly largeRequests = new Slots(2);
  readonly lacksUpsert = false;
  readonly answers: (() => void)[] = [];
  readonly rpc = {
    insert: () => new Promise<void>((resolve) => this.answers.push(resolve)),
  } as unknown as MilvusRpc;

  write(sizeBytes: number): Promise<void> {
    const shape = { keyField: "id", hasPartitionKey: false };
    const names = { target: { database: "default", name: "c" }, onlyPartitions: undefined };
    const collection = new MilvusCollection(this, names, shape, []);
    return collection.write({ kind: "insert", inserts: [insertOf(sizeBytes)] }, never);
  }
}

function insertOf(sizeBytes: number): RowInsert {
  const place = { ts: 1n, collectionId: 1n, partition: "", partitionId: 0n };
  return { kind: "insert", ...place, rows: 1, columns: [], sizeBytes, isUpsertHalf: false };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("requests to one target", () => {
  it("are a few at a time when they are large, and are not waited for by small ones", async () => {
    const target = new SlowTarget();
    const large = Array.from({ length: 5 }, () => target.write(8 << 20));
    await turn();
    assert.equal(target.answers.length, 2);
    const small = Array.from({ length: 5 }, () => target.write(1_000));
    await turn();
    assert.equal(target.answers.length, 7);
    for (let answered = 0; answered < 10; answered++) {
      target.answers[answered]?.();
      await turn();
    }
    await Promise.all([...large, ...small]);
    assert.equal(target.answers.length, 10);
  });
});
