import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { CdcError } from "../../../src/model/errors.js";
import { pickFreePorts } from "../../../src/sandbox/free-ports.js";
import { startKafka, type KafkaServer } from "../../../src/sandbox/kafka.js";
import { KafkaLogReader } from "../../../src/source/kafka/kafka-log-reader.js";
import { cdcErrorOf, LogWriter, offsetsFrom, Reading } from "../../support/kafka-log.js";
import { BlackHole, openHandles } from "../../support/kafka-sockets.js";
import { revive } from "../../support/revive.js";

const PREFIX = "faulty";
const TOPIC = `${PREFIX}-rootcoord-dml_0`;
/** Far below any time-out that an end could have waited for. */
const AT_ONCE_MS = 4_000;

describe("KafkaLogReader meeting faults", () => {
  let kafka: KafkaServer;
  /** Its first failure comes after 10 s, while other tests run. */
  let unanswered: Reading;
  let hole: BlackHole;

  before(async function () {
    this.timeout(180_000);
    hole = await BlackHole.open();
    unanswered = new Reading(readerAt(hole.address));
    kafka = await startKafka();
    await writing((writer) => writer.create(TOPIC));
  });
  after(async () => {
    await unanswered[Symbol.asyncDispose]();
    await hole[Symbol.asyncDispose]();
    await kafka.stop();
  });

  const readerAt = (...brokers: readonly string[]): KafkaLogReader =>
    new KafkaLogReader({ brokers: brokers.length > 0 ? brokers : kafka.brokers }, PREFIX);

  async function writing<T>(action: (writer: LogWriter) => Promise<T>): Promise<T> {
    await using writer = await LogWriter.connect(kafka.brokers);
    return await action(writer);
  }

  const write = (count: number): Promise<bigint> =>
    writing(async (writer) => {
      let first = -1n;
      for (let n = 0; n < count; n++) {
        const offset = await writer.send(TOPIC, ["x", "y"], n % 2 === 0);
        if (n === 0) first = offset;
      }
      return first;
    });

  const deadAddress = async (): Promise<string> => `127.0.0.1:${(await pickFreePorts(1))[0] ?? 0}`;

  it("goes on without a gap after Kafka was killed and started again, and tells of it meanwhile", async () => {
    const first = await write(5);
    await using reading = new Reading(readerAt(), { from: () => first });
    await reading.untilRead(TOPIC, 10);
    await kafka.kill();
    await reading.until(() => reading.failures.length >= 4);
    await revive(kafka);
    await reading.until(() => reading.retries.length > 1 && reading.retries.at(-1) === undefined);
    await write(5);
    const sink = await reading.untilRead(TOPIC, 20);
    assert.deepEqual(sink.offsets, offsetsFrom(first, first + 20n));

    const [start, ...later] = reading.retries;
    assert.equal(start, undefined);
    const failures = later.slice(0, -1);
    assert.deepEqual(
      failures.map((failure) => failure?.attempts),
      failures.map((_, i) => i + 1),
    );
    assert.ok(failures.every((failure) => (failure?.error as CdcError).code === "LOG_UNAVAILABLE"));
    assert.ok((failures.at(3)?.delayMs ?? 0) > (failures.at(0)?.delayMs ?? 0) * 3);
  });

  it("goes on without a gap after Kafka was halted for some seconds", async () => {
    const first = await write(2);
    await using reading = new Reading(readerAt(), { from: () => first });
    await reading.untilRead(TOPIC, 4);
    await kafka.kill("SIGSTOP");
    await delay(3_000);
    await kafka.kill("SIGCONT");
    await write(2);
    const sink = await reading.untilRead(TOPIC, 8);
    assert.deepEqual(sink.offsets, offsetsFrom(first, first + 8n));
  });

  it("tells of a Kafka that takes connections and does not answer", async () => {
    await unanswered.until(() => unanswered.failures.length > 0);
    await unanswered.stop();
    const error = unanswered.failures[0]?.error as CdcError;
    assert.equal(error.code, "LOG_UNAVAILABLE");
    assert.match(error.message, /no answer within 10 s/);
    assert.equal(unanswered.sinks.size, 0);
  });

  it("reads through any of the configured brokers", async () => {
    const first = await write(1);
    const reader = readerAt(await deadAddress(), await deadAddress(), ...kafka.brokers);
    await using reading = new Reading(reader, { from: () => first });
    await reading.untilRead(TOPIC, 2);
    assert.deepEqual(reading.retries, [undefined]);
  });

  it("names every broker that it could not reach", async () => {
    const [one, two] = [await deadAddress(), await deadAddress()];
    const error = await cdcErrorOf(readerAt(one, two).ranges(new AbortController().signal));
    assert.equal(error.code, "LOG_UNAVAILABLE");
    assert.ok(error.message.includes(`ECONNREFUSED ${one}`) && error.message.includes(`ECONNREFUSED ${two}`));
  });

  describe("ends at once when told to, and leaves nothing open,", () => {
    type Handles = Awaited<ReturnType<typeof openHandles>>;

    async function endsAtOnce(reading: Reading, before: Handles): Promise<void> {
      const tookMs = await reading.stop();
      assert.ok(tookMs < AT_ONCE_MS, `${tookMs} ms`);
      for (const [kind, count] of Object.entries(await openHandles()))
        assert.ok(count <= (before[kind] ?? 0), `${kind}: ${count} after, ${before[kind] ?? 0} before`);
    }

    it("before it began", async () => {
      const before = await openHandles();
      await endsAtOnce(new Reading(readerAt()), before);
    });

    it("while it connects to a black hole", async () => {
      const before = await openHandles();
      const another = await BlackHole.open();
      const reading = new Reading(readerAt(another.address));
      while (another.connections === 0) await delay(5);
      const tookMs = await reading.stop();
      assert.ok(tookMs < AT_ONCE_MS, `${tookMs} ms`);
      while (another.connections > 0) await delay(5);
      await another[Symbol.asyncDispose]();
      await endsAtOnce(reading, before);
    });

    it("while it waits to try a dead port again", async () => {
      const address = await deadAddress();
      const before = await openHandles();
      const reading = new Reading(readerAt(address));
      await reading.until(() => reading.failures.length === 5);
      await endsAtOnce(reading, before);
    });

    it("while it waits for records", async () => {
      const first = await write(1);
      const before = await openHandles();
      const reading = new Reading(readerAt(), { from: () => first });
      await reading.untilRead(TOPIC, 2);
      await endsAtOnce(reading, before);
    });

    it("while Kafka is halted", async () => {
      const before = await openHandles();
      const reading = new Reading(readerAt());
      await reading.untilRead(TOPIC, 2);
      await kafka.kill("SIGSTOP");
      try {
        await endsAtOnce(reading, before);
        const abort = new AbortController();
        const ranges = readerAt().ranges(abort.signal);
        await delay(50);
        abort.abort(new Error("enough"));
        await assert.rejects(ranges, /enough/);
      } finally {
        await kafka.kill("SIGCONT");
      }
    });

    it("when the reader is closed", async () => {
      const before = await openHandles();
      const reader = readerAt();
      const reading = new Reading(reader);
      await reading.untilRead(TOPIC, 2);
      await reader[Symbol.asyncDispose]();
      await reading.ended;
      await endsAtOnce(reading, before);
    });
  });
});
