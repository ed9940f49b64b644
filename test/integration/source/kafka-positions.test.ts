import assert from "node:assert/strict";
import { startKafka, type KafkaServer } from "../../../src/sandbox/kafka.js";
import { KafkaLogReader } from "../../../src/source/kafka/kafka-log-reader.js";
import { cdcErrorOf, LogWriter } from "../../support/kafka-log.js";

const NEVER = new AbortController().signal;
const T0 = Date.now() - 3_600_000;
const WEEK_MS = 7 * 24 * 3_600_000;

describe("KafkaLogReader, of places in time", () => {
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

  const newPrefix = (): string => `p${count++}`;
  const readerOf = (prefix: string): KafkaLogReader => new KafkaLogReader({ brokers: kafka.brokers }, prefix);
  const createWith = (topic: string, configs: Readonly<Record<string, string>>): Promise<boolean> =>
    writer.admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic,
          numPartitions: 1,
          configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
        },
      ],
    });

  it("finds the first record of a time or later, inside of batches, compressed or not", async () => {
    const prefix = newPrefix();
    const topic = `${prefix}-rootcoord-dml_0`;
    await writer.create(topic);
    const ages = [
      [0, 10, 10],
      [20, 30],
      [30, 40, 50],
    ];
    for (const [i, batch] of ages.entries()) {
      const times = batch.map((age) => T0 + age);
      await writer.sendAt(topic, times, i % 2 === 0);
    }
    const expected: readonly [ms: number, offset: bigint][] = [
      [0, 0n],
      [T0, 0n],
      [T0 + 1, 1n],
      [T0 + 10, 1n],
      [T0 + 11, 3n],
      [T0 + 30, 4n],
      [T0 + 30.5, 6n],
      [T0 + 31, 6n],
      [T0 + 50, 7n],
      [T0 + 51, 8n],
      [Date.now() + WEEK_MS, 8n],
    ];
    for (const [ms, offset] of expected)
      assert.deepEqual(await readerOf(prefix).offsetsAt(ms, NEVER), new Map([[topic, offset]]), `${ms - T0}`);
  });

  it("passes over no record of the time when an older one stands behind it", async () => {
    const prefix = newPrefix();
    const topic = `${prefix}-rootcoord-dml_0`;
    await writer.create(topic);
    for (const age of [0, 20, 10, 30]) await writer.sendAt(topic, [T0 + age]);
    assert.equal((await readerOf(prefix).offsetsAt(T0 + 15, NEVER)).get(topic), 1n);
  });

  it("takes -1 and -2 for times, not for Kafka's words for the ends", async () => {
    const prefix = newPrefix();
    const topic = `${prefix}-rootcoord-dml_0`;
    await writer.create(topic);
    await writer.sendAt(topic, [T0, T0 + 1]);
    for (const ms of [-1, -2, -3]) assert.equal((await readerOf(prefix).offsetsAt(ms, NEVER)).get(topic), 0n);
  });

  it("answers for each channel by itself: where it ends, where it has no records, where they have expired", async () => {
    const prefix = newPrefix();
    const [old, young, expired] = [0, 1, 2].map((n) => `${prefix}-rootcoord-dml_${n}`) as [
      string,
      string,
      string,
    ];
    const empty = `${prefix}-replicate-msg`;
    await writer.create(old, young, expired, empty, `${prefix}x-rootcoord-dml_0`);
    await writer.sendAt(old, [T0, T0 + 1]);
    await writer.sendAt(young, [T0 + 100, T0 + 101]);
    for (let i = 0; i < 5; i++) await writer.sendAt(expired, [T0 + 50 + i]);
    await writer.expire(expired, 3n);
    const offsets = await readerOf(prefix).offsetsAt(T0 + 50, NEVER);
    assert.deepEqual(
      [...offsets].sort(),
      [
        [old, 2n],
        [young, 0n],
        [expired, 3n],
        [empty, 0n],
      ].sort(),
    );
  });

  it("knows how long each channel holds its records", async () => {
    const prefix = newPrefix();
    const topics: readonly [configs: Readonly<Record<string, string>>, ms: number | undefined][] = [
      [{}, WEEK_MS],
      [{ "retention.ms": "3600000" }, 3_600_000],
      [{ "retention.ms": "0" }, 0],
      [{ "retention.ms": "-1" }, undefined],
      [{ "retention.ms": "3600000", "cleanup.policy": "compact" }, undefined],
      [{ "retention.ms": "3600000", "cleanup.policy": "compact,delete" }, 3_600_000],
    ];
    const expected: [string, number | undefined][] = [];
    for (const [n, [configs, ms]] of topics.entries()) {
      const topic = `${prefix}-rootcoord-dml_${n}`;
      await createWith(topic, configs);
      expected.push([topic, ms]);
    }
    const retention = await readerOf(prefix).retention(NEVER);
    assert.deepEqual([...retention].sort(), expected);
  });

  it("says nothing of a source that has no channels yet", async () => {
    assert.deepEqual(await readerOf("nothing-here").offsetsAt(T0, NEVER), new Map());
    assert.deepEqual(await readerOf("nothing-here").retention(NEVER), new Map());
  });

  it("tells when Kafka is not there, and ends when it is told to", async () => {
    const reader = new KafkaLogReader({ brokers: ["127.0.0.1:1"] }, newPrefix());
    const gone = AbortSignal.abort(new Error("enough"));
    for (const ask of [
      (signal: AbortSignal) => reader.offsetsAt(T0, signal),
      (signal: AbortSignal) => reader.retention(signal),
    ]) {
      assert.equal((await cdcErrorOf(ask(NEVER))).code, "LOG_UNAVAILABLE");
      await assert.rejects(ask(gone), /enough/);
    }
  });
});
