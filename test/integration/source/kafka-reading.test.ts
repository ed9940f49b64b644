import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { startKafka, type KafkaServer } from "../../../src/sandbox/kafka.js";
import { KafkaLogReader } from "../../../src/source/kafka/kafka-log-reader.js";
import { cdcErrorOf, LogWriter, offsetsFrom, Reading } from "../../support/kafka-log.js";
import { progressOf } from "../../support/progress-of.js";

const NEVER = new AbortController().signal;

describe("KafkaLogReader", () => {
  let kafka: KafkaServer;
  let writer: LogWriter;
  let count = 0;

  before(async function () {
    this.timeout(180_000);
    kafka = await startKafka();
    writer = await LogWriter.connect(kafka.brokers);
  });
  after(async () => {
    await writer[Symbol.asyncDispose]();
    await kafka.stop();
  });

  /** A prefix that no other test reads. */
  const newPrefix = (): string => `m${count++}`;
  const readerOf = (prefix: string): KafkaLogReader => new KafkaLogReader({ brokers: kafka.brokers }, prefix);

  it("reads compressed and plain batches in order, none twice, from any offset of any batch", async () => {
    const prefix = newPrefix();
    const topic = `${prefix}-rootcoord-dml_0`;
    await writer.create(topic);
    const values: string[] = [];
    for (let batch = 0; batch < 12; batch++) {
      const texts = Array.from(
        { length: 1 + (batch % 5) },
        (_, i) => `${batch}.${i} ${"x".repeat(batch * 40)}`,
      );
      assert.equal(await writer.send(topic, texts, batch % 3 !== 0), BigInt(values.length));
      values.push(...texts);
    }
    for (const from of values.keys()) {
      await using reading = new Reading(readerOf(prefix), { from: () => BigInt(from) });
      const sink = await reading.untilRead(topic, values.length - from);
      await writer.admin.fetchTopicOffsets(topic); // gives what comes twice the time to come
      assert.deepEqual(sink.offsets, offsetsFrom(BigInt(from), BigInt(values.length)));
      assert.deepEqual(sink.texts, values.slice(from));
    }
  });

  it("takes no more than a part of what compresses well at a time, and all of it in the end", async () => {
    // GIVEN 96 MiB that are a few KiB in the log, as vectors of zeros are
    const prefix = newPrefix();
    const topic = `${prefix}-rootcoord-dml_0`;
    await writer.create(topic);
    const zeros = Buffer.alloc(1 << 20);
    for (let i = 0; i < 96; i++) await writer.send(topic, [zeros], true);
    // WHEN a sink is full with its first records
    await using reading = new Reading(readerOf(prefix));
    await reading.until(() => (reading.sinks.get(topic)?.records.length ?? 0) > 0);
    const sink = reading.sink(topic);
    sink.isFull = true;
    // THEN they are few
    assert.ok(sink.records.length <= 16, `${sink.records.length} MiB at once`);
    sink.isFull = false;
    await reading.untilRead(topic, 96);
    assert.deepEqual(sink.offsets, offsetsFrom(0n, 96n));
  });

  it("reads messages of 10 MiB and more, beside smaller ones of other channels", async () => {
    const prefix = newPrefix();
    const topics = [0, 1, 2].map((n) => `${prefix}-rootcoord-dml_${n}`);
    await writer.create(...topics);
    const big = [10, 13].map((mib) => randomBytes(mib * 1024 * 1024));
    for (const topic of topics) {
      await writer.send(topic, ["before"]);
      for (const [i, value] of big.entries()) await writer.send(topic, [value], i === 0);
      await writer.send(topic, ["after"]);
    }
    await using reading = new Reading(readerOf(prefix));
    for (const topic of topics) {
      const { records, texts } = await reading.untilRead(topic, 4);
      assert.ok(big.every((value, i) => value.equals(records[i + 1]?.value ?? Buffer.alloc(0))));
      assert.deepEqual([texts[0], texts[3]], ["before", "after"]);
    }
  });

  it("passes over a batch that unpacks to far more than Milvus ever writes, and tells of it", async () => {
    const prefix = newPrefix();
    const topic = `${prefix}-rootcoord-dml_0`;
    await writer.create(topic);
    await writer.send(topic, ["before"]);
    await writer.send(topic, [Buffer.alloc(400 << 20)], true);
    await writer.send(topic, ["after"]);
    await using reading = new Reading(readerOf(prefix));
    const sink = await reading.untilRead(topic, 3);
    assert.deepEqual(sink.texts, ["before", "", "after"]);
    assert.deepEqual(
      sink.records.map(({ unreadable }) => unreadable?.code),
      [undefined, "RECORD_UNREADABLE", undefined],
    );
    assert.deepEqual(reading.failures, []);
  });

  it("hands on empty values and passes over records without one", async () => {
    const prefix = newPrefix();
    const topic = `${prefix}-replicate-msg`;
    await writer.create(topic);
    await writer.send(topic, [null, "", null, "a", null], true);
    await writer.send(topic, [null]);
    await writer.send(topic, ["b"]);
    await using reading = new Reading(readerOf(prefix));
    const sink = await reading.untilRead(topic, 3);
    assert.deepEqual(sink.offsets, [1n, 3n, 6n]);
    assert.deepEqual(sink.texts, ["", "a", "b"]);
  });

  it("reads batches that Milvus wrote", async () => {
    const prefix = newPrefix();
    const topic = `${prefix}-rootcoord-dml_3`;
    await writer.create(topic);
    const folder = new URL("../../fixtures/milvus-2.3.5/", import.meta.url);
    const created = await readFile(new URL("coll.CreateCollection.bin", folder));
    await writer.send(topic, [created, created], true);
    await using reading = new Reading(readerOf(prefix), { from: () => 1n });
    const { records } = await reading.untilRead(topic, 1);
    assert.ok(created.equals(records[0]?.value ?? Buffer.alloc(0)));
  });

  it("reads 16 channels at once while they are written", async () => {
    const prefix = newPrefix();
    const topics = Array.from({ length: 16 }, (_, n) => `${prefix}-rootcoord-dml_${n}`);
    await writer.create(...topics);
    await using reading = new Reading(readerOf(prefix));
    const rounds = 20;
    for (let round = 0; round < rounds; round++) {
      const batch = Array.from({ length: 5 }, (_, i) => `${round}.${i}`);
      await Promise.all(topics.map((topic, n) => writer.send(topic, batch, (n + round) % 2 === 0)));
    }
    for (const topic of topics) {
      const sink = await reading.untilRead(topic, rounds * 5);
      assert.deepEqual(sink.offsets, offsetsFrom(0n, BigInt(rounds * 5)));
    }
    assert.deepEqual(reading.retries, [undefined]);
  });

  it("reads the channels of its prefix and no other topic", async () => {
    const prefix = newPrefix();
    const own = [`${prefix}-rootcoord-dml_0`, `${prefix}-rootcoord-dml_15`, `${prefix}-replicate-msg`];
    const others = [
      `${prefix}-rootcoord-dml_x`,
      `${prefix}-rootcoord-dml_`,
      `${prefix}-rootcoord-dml_1_v0`,
      `${prefix}-rootcoord-delta_0`,
      `${prefix}-replicate-msg-2`,
      `${prefix}2-rootcoord-dml_0`,
      `x${prefix}-rootcoord-dml_0`,
      `${prefix.replace("m", "n")}-rootcoord-dml_0`,
      `x-${prefix}-replicate-msg`,
      prefix,
    ];
    await writer.create(...own, ...others);
    for (const topic of [...others, ...own]) await writer.send(topic, ["a"]);
    const ranges = await readerOf(prefix).ranges(NEVER);
    assert.deepEqual(ranges.map(({ channel }) => channel).sort(), [...own].sort());
    await using reading = new Reading(readerOf(prefix));
    for (const topic of own) await reading.untilRead(topic, 1);
    assert.deepEqual([...reading.sinks.keys()].sort(), [...own].sort());
  });

  it("tells where each channel begins and ends", async () => {
    const prefix = newPrefix();
    const topic = `${prefix}-rootcoord-dml_0`;
    assert.deepEqual(await readerOf(prefix).ranges(NEVER), []);
    await writer.create(topic);
    await writer.send(topic, ["a", "b", "c"]);
    await writer.expire(topic, 1n);
    assert.deepEqual(await readerOf(prefix).ranges(NEVER), [{ channel: topic, start: 1n, end: 3n }]);
  });

  it("has the first record soon, and soon the first of a topic made later", async function () {
    const prefix = newPrefix();
    const [first, second] = [`${prefix}-rootcoord-dml_0`, `${prefix}-rootcoord-dml_1`];
    await writer.create(first);
    await writer.send(first, ["a"]);
    await using reading = new Reading(readerOf(prefix));
    await reading.untilRead(first, 1);
    const firstMs = performance.now() - reading.startedAtMs;
    const createdAtMs = performance.now();
    await writer.create(second);
    await writer.send(second, ["b"]);
    const sink = await reading.untilRead(second, 1);
    const secondMs = performance.now() - createdAtMs;
    assert.deepEqual(sink.offsets, [0n]);
    progressOf(this)(`first record ${firstMs.toFixed()} ms, of a new topic ${secondMs.toFixed()} ms`);
    assert.ok(firstMs < 3_000 && secondMs < 3_000, `${firstMs} and ${secondMs} ms`);
    assert.deepEqual(reading.retries, [undefined]);
  });

  it("leaves no trace: no group, no topic", async () => {
    const prefix = newPrefix();
    const topic = `${prefix}-rootcoord-dml_7`;
    await writer.create(topic);
    await writer.send(topic, ["a"]);
    await using reading = new Reading(readerOf(prefix));
    await reading.untilRead(topic, 1);
    await readerOf(prefix).ranges(NEVER);
    await reading.stop();
    assert.deepEqual(await writer.admin.listGroups(), { groups: [] });
    const topics = (await writer.admin.listTopics()).filter((name) => name.startsWith(`${prefix}-`));
    assert.deepEqual(topics, [topic]);
  });

  it("holds back a full channel while others flow, and goes on without a gap", async () => {
    const prefix = newPrefix();
    const [full, free] = [`${prefix}-rootcoord-dml_0`, `${prefix}-rootcoord-dml_1`];
    await writer.create(full, free);
    await using reading = new Reading(readerOf(prefix));
    await writer.send(full, ["0"]);
    const held = await reading.untilRead(full, 1);
    held.isFull = true;
    for (let n = 1; n <= 30; n++) {
      await writer.send(full, [String(n)], n % 2 === 0);
      await writer.send(free, [String(n)]);
      await reading.untilRead(free, n);
    }
    assert.ok(held.pushesWhileFull <= 1, `${held.pushesWhileFull} pushes`);
    held.isFull = false;
    await reading.untilRead(full, 31);
    assert.deepEqual(held.offsets, offsetsFrom(0n, 31n));
  });

  it("fails when retention has taken what was not read yet", async () => {
    const prefix = newPrefix();
    const topic = `${prefix}-rootcoord-dml_0`;
    await writer.create(topic);
    for (let n = 0; n < 6; n++) await writer.send(topic, ["a"]);
    await writer.expire(topic, 2n);
    await using late = new Reading(readerOf(prefix), { from: () => 1n });
    const error = await cdcErrorOf(late.ended);
    assert.equal(error.code, "POSITION_EXPIRED");
    assert.equal(error.message, `topic ${topic} begins at 2, the task needs it from 1`);

    await using held = new Reading(readerOf(prefix), { fullWith: 4 });
    const sink = await held.untilRead(topic, 4);
    await writer.send(topic, ["b"]);
    await writer.send(topic, ["c"]);
    await writer.send(topic, ["d"]);
    await writer.expire(topic, 8n);
    sink.fullWith = Infinity;
    const expired = await cdcErrorOf(held.ended);
    assert.equal(expired.code, "POSITION_EXPIRED");
    assert.equal(expired.message, `topic ${topic} begins at 8, the task needs it from 6`);
  });

  it("goes on when retention takes what was read already", async () => {
    const prefix = newPrefix();
    const topic = `${prefix}-rootcoord-dml_0`;
    await writer.create(topic);
    await writer.send(topic, ["a", "b"]);
    await using reading = new Reading(readerOf(prefix));
    await reading.untilRead(topic, 2);
    await writer.expire(topic, 2n);
    await writer.send(topic, ["c"]);
    const sink = await reading.untilRead(topic, 3);
    assert.deepEqual(sink.texts, ["a", "b", "c"]);
  });

  it("looks several times before it says that a log is shorter than what was read", async () => {
    const prefix = newPrefix();
    const topic = `${prefix}-rootcoord-dml_0`;
    await writer.create(topic);
    await writer.send(topic, ["a"]);
    await using reading = new Reading(readerOf(prefix), { from: () => 5n });
    const error = await cdcErrorOf(reading.ended);
    const tookMs = performance.now() - reading.startedAtMs;
    assert.equal(error.code, "LOG_REPLACED");
    assert.equal(error.message, `topic ${topic} ends at 1, the task had read it up to 5`);
    assert.ok(tookMs > 4_900, `${tookMs} ms`);
    assert.ok(reading.failures.length >= 3);
    assert.ok(!reading.retries.includes(undefined), "said to be well");
  });

  it("goes on when a log that was too short grows to what was read", async () => {
    const prefix = newPrefix();
    const topic = `${prefix}-rootcoord-dml_0`;
    await writer.create(topic);
    await using reading = new Reading(readerOf(prefix), { from: () => 2n });
    await reading.until(() => reading.failures.length >= 2);
    await writer.send(topic, ["a", "b", "c"]);
    const sink = await reading.untilRead(topic, 1);
    assert.deepEqual(sink.texts, ["c"]);
  });

  for (const { made, refill } of [
    { made: "shorter", refill: 2 },
    { made: "as long", refill: 5 },
    { made: "longer", refill: 9 },
  ]) {
    it(`fails when a topic is deleted and made again ${made}`, async () => {
      const prefix = newPrefix();
      const topic = `${prefix}-rootcoord-dml_0`;
      await writer.create(topic);
      for (let n = 0; n < 5; n++) await writer.send(topic, [`a${n}`]);
      await using reading = new Reading(readerOf(prefix));
      const sink = await reading.untilRead(topic, 5);
      await writer.recreate(topic);
      for (let n = 0; n < refill; n++) await writer.send(topic, [`b${n}`]);
      const error = await cdcErrorOf(reading.ended);
      assert.equal(error.code, "LOG_REPLACED");
      assert.match(error.message, new RegExp(`^topic ${topic} (ends at|holds another record at)`));
      assert.deepEqual(sink.texts, ["a0", "a1", "a2", "a3", "a4"]);
    });
  }

  it("tells of a topic that is gone until it is back", async () => {
    const prefix = newPrefix();
    const topic = `${prefix}-rootcoord-dml_0`;
    await writer.create(topic);
    await writer.send(topic, ["a"]);
    await using reading = new Reading(readerOf(prefix));
    await reading.untilRead(topic, 1);
    await writer.admin.deleteTopics({ topics: [topic] });
    await reading.until(() => reading.failures.some(({ error }) => String(error).includes("is gone")));
    assert.equal(reading.retries.filter((retry) => retry === undefined).length, 1);
  });
});
