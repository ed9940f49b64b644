import assert from "node:assert/strict";
import { CdcError } from "../../../../src/model/errors.js";
import { OpenChannel } from "../../../../src/source/kafka/open-channel.js";
import type { FetchedMessage } from "../../../../src/source/kafka/fetched.js";
import type { LogRecord } from "../../../../src/source/log-reader.js";

const channel = "by-dev-rootcoord-dml_0";

/** A channel that is read from an offset, the offsets it handed on, and a clock. */
function openAt(from: bigint): {
  open: OpenChannel;
  pushed: bigint[];
  clock: { nowMs: number };
} {
  const pushed: bigint[] = [];
  const clock = { nowMs: 0 };
  const sink = {
    channel,
    from,
    isFull: false,
    push: (records: readonly { offset: bigint }[]) =>
      void pushed.push(...records.map(({ offset }) => offset)),
  };
  const open = new OpenChannel(sink, () => clock.nowMs);
  open.enter({ channel, start: 0n, end: 100n });
  return { open, pushed, clock };
}

function messages(first: number, end: number, more: Partial<FetchedMessage> = {}): FetchedMessage[] {
  return Array.from({ length: end - first }, (_, i) => ({
    offset: String(first + i),
    timestamp: String(1_000 + first + i),
    value: Buffer.from("x"),
    ...more,
  }));
}

function codeOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    return error instanceof CdcError ? error.code : String(error);
  }
  return "none";
}

describe("OpenChannel", () => {
  it("hands on small messages without the batch they came in, and large ones as they came", () => {
    const batch = Buffer.alloc(1 << 20);
    const records: LogRecord[] = [];
    const sink = {
      channel,
      from: 0n,
      isFull: false,
      push: (more: readonly LogRecord[]) => void records.push(...more),
    };
    const values = [batch.subarray(100, 500), batch.subarray(0, 900_000)];
    new OpenChannel(sink).accept(values.flatMap((value, i) => messages(i, i + 1, { value })));
    assert.deepEqual(
      records.map(({ value }) => [value.length, value.buffer.byteLength]),
      [
        [400, 400],
        [900_000, 1 << 20],
      ],
    );
  });

  it("hands on nothing below its position, and nothing twice", () => {
    const { open, pushed } = openAt(3n);
    open.accept(messages(0, 5));
    open.accept(messages(2, 5));
    open.accept(messages(4, 7));
    assert.deepEqual(pushed, [3n, 4n, 5n, 6n]);
    assert.equal(open.wanted().offset, 7n);
  });

  it("passes over control records and records without a value, and does not ask for them again", () => {
    const { open, pushed } = openAt(0n);
    open.accept([
      ...messages(0, 1),
      ...messages(1, 2, { isControlRecord: true }),
      ...messages(2, 3, { value: null }),
    ]);
    assert.deepEqual(pushed, [0n]);
    assert.equal(open.wanted().offset, 3n);
  });

  it("asks for its last message once more after an interruption", () => {
    const { open, pushed } = openAt(0n);
    open.accept(messages(0, 5));
    open.enter({ channel, start: 0n, end: 100n });
    assert.equal(open.wanted().offset, 4n);
    open.accept([]);
    assert.equal(open.wanted().offset, 4n);
    open.accept(messages(4, 6));
    assert.equal(open.wanted().offset, 6n);
    assert.deepEqual(pushed, [0n, 1n, 2n, 3n, 4n, 5n]);
  });

  it("asks for it as well after nobody has asked for long, as when its sink was full", () => {
    const { open, clock } = openAt(0n);
    open.accept(messages(0, 5));
    clock.nowMs += 4_000;
    assert.equal(open.wanted().offset, 5n);
    open.accept([]);
    clock.nowMs += 4_000;
    assert.equal(open.wanted().offset, 5n);
    clock.nowMs += 4_000;
    assert.equal(open.wanted().offset, 4n);
  });

  for (const other of [{ timestamp: "7" }, { value: Buffer.from("longer") }, { value: null }]) {
    it(`knows another log by its ${Object.keys(other).join()} (${String(Object.values(other)[0])})`, () => {
      const { open, pushed } = openAt(0n);
      open.accept(messages(0, 5));
      open.enter({ channel, start: 0n, end: 100n });
      assert.equal(
        codeOf(() => open.accept(messages(4, 9, other))),
        "LOG_REPLACED",
      );
      assert.equal(pushed.length, 5);
    });
  }

  it("goes on when its last message has expired and what follows has not", () => {
    const { open, pushed } = openAt(0n);
    open.accept(messages(0, 5));
    open.enter({ channel, start: 5n, end: 100n });
    assert.equal(open.wanted().offset, 5n);
    open.accept(messages(5, 6));
    assert.equal(pushed.at(-1), 5n);
  });

  it("fails at once when its position has expired", () => {
    const { open } = openAt(3n);
    assert.equal(
      codeOf(() => open.check({ channel, start: 4n, end: 9n })),
      "POSITION_EXPIRED",
    );
    assert.equal(
      codeOf(() => open.check({ channel, start: 3n, end: 3n })),
      "none",
    );
  });

  it("says that the log was replaced after several looks over some seconds at a short one", () => {
    const { open, clock } = openAt(3n);
    const look = (end: bigint): string => codeOf(() => open.check({ channel, start: 0n, end }));
    const looks = (count: number): string[] => Array.from({ length: count }, () => look(2n));
    assert.deepEqual(new Set(looks(10)), new Set(["LOG_UNAVAILABLE"]), "many looks, no time");
    clock.nowMs += 5_000;
    assert.equal(look(3n), "none");
    assert.equal(look(2n), "LOG_UNAVAILABLE", "well in between");
    clock.nowMs += 60_000;
    assert.deepEqual(looks(2), ["LOG_UNAVAILABLE", "LOG_UNAVAILABLE"], "much time, few looks");
    assert.equal(look(2n), "LOG_REPLACED");
  });
});
