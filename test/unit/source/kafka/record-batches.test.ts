import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Encoder } from "@toondepauw/node-zstd";
import { readBatches } from "../../../../src/source/kafka/record-batches.js";
import { decodeRecord } from "../../../../src/source/decode/decode-record.js";
import { batchOf, recordsOf, zstdBomb } from "../../../support/kafka-batches.js";

const GZIP = 1;
const LZ4 = 3;
const ZSTD = 4;
const encoder = new Encoder(3);

function golden(name: string): Buffer {
  return readFileSync(
    new URL(`../../../fixtures/milvus-2.3.5/kafka-recordbatch-${name}.rawbatch`, import.meta.url),
  );
}

async function read(...batches: readonly Buffer[]): Promise<readonly string[]> {
  const messages = await readBatches(Buffer.concat(batches), { bytes: 0 });
  return messages.map(({ offset, timestamp, value, isControlRecord, unreadable }) =>
    unreadable === undefined
      ? `${offset}@${timestamp} ${value?.toString() ?? "nothing"}${isControlRecord === true ? " control" : ""}`
      : `${offset} unreadable`,
  );
}

const records = recordsOf([Buffer.from("a"), Buffer.from("b"), null]);
const whole = batchOf({ base: 5n, count: 3, records });

describe("readBatches", () => {
  for (const [name, kind] of [
    ["uncompressed-timetick", "tick"],
    ["zstd-createcollection", "create-collection"],
  ] as const) {
    it(`reads what a broker sent: ${name}`, async () => {
      const [message, ...others] = await readBatches(golden(name), { bytes: 0 });
      assert.deepEqual(others, []);
      assert.equal(decodeRecord(message?.value ?? Buffer.of()).kind, kind);
    });
  }

  it("tells offset, time and value of each record, in whatever compression that Milvus's log has", async () => {
    const expected = ["5@1000 a", "6@1010 b", "7@1020 nothing"];
    assert.deepEqual(await read(whole), expected);
    const gzip = { base: 5n, attributes: GZIP, count: 3, records: gzipSync(records) };
    assert.deepEqual(await read(batchOf(gzip)), expected);
    const zstd = { base: 5n, attributes: ZSTD, count: 3, records: encoder.encodeSync(records) };
    assert.deepEqual(await read(batchOf(zstd)), expected);
  });

  it("takes the broker's time where the broker gives it, and knows control records", async () => {
    const batch = batchOf({ attributes: 0x28, count: 1, records: recordsOf([Buffer.from("a")]) });
    assert.deepEqual(await read(batch), ["0@2000 a control"]);
  });

  it("leaves out what the broker cut off", async () => {
    for (let length = 0; length < whole.length; length++)
      assert.equal((await read(whole, whole.subarray(0, length))).length, 3);
  });

  it("passes over a batch whose records are gone", async () => {
    const empty = batchOf({ base: 5n, count: 0, lastDelta: 4, records: Buffer.of() });
    assert.deepEqual(await read(empty), ["9@2000 nothing"]);
  });

  it("reads a batch of as many records as Milvus never writes at once", async () => {
    const many = recordsOf(Array.from({ length: 150_000 }, () => null));
    assert.equal((await read(batchOf({ count: 150_000, records: many }))).length, 150_000);
  });

  const broken: Readonly<Record<string, Buffer>> = {
    "no zstd": batchOf({ base: 8n, attributes: ZSTD, count: 3, records: Buffer.from("not in zstd at all") }),
    "zstd that was cut": batchOf({
      base: 8n,
      attributes: ZSTD,
      count: 3,
      records: encoder.encodeSync(records).subarray(0, -3),
    }),
    "no gzip": batchOf({ base: 8n, attributes: GZIP, count: 3, records: Buffer.from("no gzip") }),
    "fewer records than it says": batchOf({ base: 8n, count: 4, lastDelta: 2, records }),
    "millions of records": batchOf({ base: 8n, count: 2 ** 31 - 1, lastDelta: 2, records }),
    "a record of a wrong length": batchOf({
      base: 8n,
      count: 3,
      records: Buffer.concat([Buffer.of(1), records]),
    }),
    "two gigabytes of zeros in zstd": batchOf({
      base: 8n,
      attributes: ZSTD,
      count: 3,
      records: zstdBomb(2 ** 31),
    }),
    "65 MiB of zeros in gzip": batchOf({
      base: 8n,
      attributes: GZIP,
      count: 3,
      records: gzipSync(Buffer.alloc(65 << 20)),
    }),
  };
  for (const [name, batch] of Object.entries(broken)) {
    it(`calls a batch with ${name} unreadable up to its last offset, and reads on behind it`, async () => {
      const next = batchOf({ base: 11n, count: 1, records: recordsOf([Buffer.from("c")]) });
      assert.deepEqual(await read(whole, batch, next), [
        "5@1000 a",
        "6@1010 b",
        "7@1020 nothing",
        "10 unreadable",
        "11@1000 c",
      ]);
    });
  }

  it("leaves what would be too much at once for the next answer", async () => {
    const large = batchOf({ attributes: ZSTD, count: 1, records: zstdBomb(10 << 20) });
    const answer = { bytes: 0 };
    const messages = await readBatches(Buffer.concat([large, large, large, large]), answer);
    assert.deepEqual([messages.length, answer.bytes], [2, 20 << 20]);
    assert.deepEqual(await readBatches(large, answer), []);
  });

  it("fails over a format or compression that it does not know: nothing is passed over for that", async () => {
    const old = Buffer.from(whole);
    old.writeInt8(1, 16);
    await assert.rejects(read(old), /format 1/);
    await assert.rejects(read(batchOf({ attributes: LZ4, count: 3, records })), /compression 3/);
  });
});
