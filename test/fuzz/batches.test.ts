import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { readFetchAnswer } from "../../src/source/kafka/fetch-answer.js";
import { readBatches } from "../../src/source/kafka/record-batches.js";
import { fuzz } from "../support/fuzz.js";
import { mutate, randomBytes } from "../support/fuzz-bytes.js";
import { watchGlobals } from "../support/fuzz-globals.js";
import { batchOf, recordsOf, zstdBomb } from "../support/kafka-batches.js";

const values = recordsOf([Buffer.from("a"), Buffer.from("b".repeat(300)), null]);
const batches = [
  ...["uncompressed-timetick", "zstd-createcollection"].map((name) =>
    readFileSync(new URL(`../fixtures/milvus-2.3.5/kafka-recordbatch-${name}.rawbatch`, import.meta.url)),
  ),
  batchOf({ count: 3, records: values }),
  batchOf({ attributes: 1, count: 3, records: gzipSync(values) }),
  batchOf({ attributes: 4, count: 3, records: zstdBomb(1 << 20) }),
];

/** An answer in version 11 that holds some bytes as the records of one topic. */
function answerOf(records: Buffer): Buffer {
  const name = Buffer.from("by-dev-rootcoord-dml_0");
  const head = Buffer.alloc(4 + 2 + 4 + 4 + 2);
  head.writeInt32BE(1, 10);
  head.writeInt16BE(name.length, 14);
  const part = Buffer.alloc(4 + 4 + 2 + 24 + 4 + 4 + 4);
  part.writeInt32BE(1, 0);
  part.writeInt32BE(records.length, part.length - 4);
  return Buffer.concat([head, name, part, records]);
}

/** Whoever asked hears of a failure as an Error, and asks again. */
async function orError<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    assert.ok(error instanceof Error);
    return undefined;
  }
}

describe("any bytes in a broker's answer", function () {
  this.timeout(120_000);

  it("are read, called unreadable, or fail the answer", async () => {
    const assertGlobals = watchGlobals();
    const seen = { readable: 0, unreadable: 0, failed: 0 };
    await fuzz({
      cases: 10_000,
      run: async (random) => {
        const bytes =
          random.int(20) === 0 ? randomBytes(random, 200) : mutate(random, random.pick(batches), batches);
        const unpacked = { bytes: 0 };
        const messages = await orError(readBatches(bytes, unpacked));
        if (messages === undefined) seen.failed++;
        for (const { unreadable } of messages ?? [])
          seen[unreadable === undefined ? "readable" : "unreadable"]++;
        assert.ok(unpacked.bytes <= 256 << 20);
        const answer = await orError(
          readFetchAnswer(mutate(random, answerOf(bytes), batches), random.pick([4, 7, 11])),
        );
        assert.ok((answer?.responses.length ?? 0) <= bytes.length + 64);
      },
    });
    assertGlobals();
    if (process.env["FUZZ_CASES"] === undefined)
      assert.ok(
        Object.values(seen).every((count) => count > 0),
        JSON.stringify(seen),
      );
  });
});
