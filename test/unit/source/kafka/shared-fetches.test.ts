import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import type { FetchAnswer } from "../../../../src/source/kafka/kafka-session.js";
import { KafkaTopicError } from "../../../../src/source/kafka/kafka-errors.js";
import { SharedFetches, type WantedFetch } from "../../../../src/source/kafka/shared-fetches.js";

const NEVER = new AbortController().signal;

/** A log of which readers fetch up to ten messages at a time, each as large as it is told. */
class Log {
  readonly #valueBytes: number;
  fetches = 0;
  failure: Error | undefined;
  #gate: Promise<void> = Promise.resolve();

  constructor(valueBytes = 1) {
    this.#valueBytes = valueBytes;
  }

  /** Lets fetches wait until what it answers is called. */
  close(): () => void {
    let open = (): void => undefined;
    this.#gate = new Promise((resolve) => (open = resolve));
    return open;
  }

  async fetch(requests: readonly WantedFetch[]): Promise<readonly FetchAnswer[]> {
    this.fetches++;
    await this.#gate;
    if (this.failure !== undefined) throw this.failure;
    return requests.map(({ channel, offset }) => ({
      channel,
      messages: Array.from({ length: 10 }, (_, i) => ({
        offset: String(offset + BigInt(i)),
        timestamp: "1",
        value: Buffer.alloc(this.#valueBytes),
      })),
      error: undefined,
    }));
  }
}

/** A fetch of some channels, such as `a: 5n`, by one of the readers. */
function ask(
  fetches: SharedFetches,
  log: Log,
  wanted: Record<string, bigint>,
  { isInDoubt = false, signal = NEVER } = {},
): Promise<readonly FetchAnswer[]> {
  const requests = Object.entries(wanted).map(([channel, offset]) => ({ channel, offset, isInDoubt }));
  return fetches.fetch("broker:1", requests, () => log.fetch(requests), signal);
}

/** For each channel, the first offset and the one after the last. */
function offsetsOf(answers: readonly FetchAnswer[]): Record<string, [number, number]> {
  return Object.fromEntries(
    answers.map(({ channel, messages }) => [
      channel,
      [Number(messages[0]?.offset), Number(messages.at(-1)?.offset) + 1],
    ]),
  );
}

/** While so many readers read. */
async function among(readers: number, fetches: SharedFetches, action: () => Promise<void>): Promise<void> {
  if (readers === 0) await action();
  else await fetches.share(() => among(readers - 1, fetches, action));
}

describe("SharedFetches", () => {
  it("shares nothing with a single reader", async () => {
    const [fetches, log] = [new SharedFetches(), new Log()];
    await among(1, fetches, async () => {
      await Promise.all([ask(fetches, log, { a: 0n }), ask(fetches, log, { a: 0n })]);
      await ask(fetches, log, { a: 5n });
      assert.equal(log.fetches, 3);
    });
  });

  it("asks once for those who stand at the same place, also in fewer channels", async () => {
    const [fetches, log] = [new SharedFetches(), new Log()];
    await among(3, fetches, async () => {
      const answers = await Promise.all([
        ask(fetches, log, { a: 0n, b: 7n }),
        ask(fetches, log, { a: 0n, b: 7n }),
        ask(fetches, log, { b: 7n }),
      ]);
      assert.equal(log.fetches, 1);
      assert.deepEqual(answers.map(offsetsOf), [
        { a: [0, 10], b: [7, 17] },
        { a: [0, 10], b: [7, 17] },
        { b: [7, 17] },
      ]);
    });
  });

  it("asks for whom the fetch on its way has not all that they want", async () => {
    const [fetches, log] = [new SharedFetches(), new Log()];
    await among(2, fetches, async () => {
      await Promise.all([ask(fetches, log, { a: 0n }), ask(fetches, log, { a: 0n, b: 0n })]);
      await Promise.all([ask(fetches, log, { a: 50n }), ask(fetches, log, { a: 70n })]);
      assert.equal(log.fetches, 4);
    });
  });

  it("hands what was fetched to those who are behind, from the stretch that they stand in", async () => {
    const [fetches, log] = [new SharedFetches(), new Log()];
    await among(2, fetches, async () => {
      await ask(fetches, log, { a: 0n, b: 0n });
      await ask(fetches, log, { a: 10n, b: 10n });
      assert.deepEqual(offsetsOf(await ask(fetches, log, { a: 3n, b: 19n })), { a: [0, 10], b: [10, 20] });
      // what is there comes first
      assert.deepEqual(offsetsOf(await ask(fetches, log, { a: 10n, b: 20n })), { a: [10, 20] });
      assert.equal(log.fetches, 2);
      await ask(fetches, log, { a: 20n });
      assert.equal(log.fetches, 3);
    });
  });

  it("lets those ask by themselves who do not know whether the log is the same", async () => {
    const [fetches, log] = [new SharedFetches(), new Log()];
    await among(2, fetches, async () => {
      await ask(fetches, log, { a: 0n });
      await ask(fetches, log, { a: 0n }, { isInDoubt: true });
      assert.equal(log.fetches, 2);
      await Promise.all([ask(fetches, log, { a: 10n }), ask(fetches, log, { a: 10n }, { isInDoubt: true })]);
      assert.equal(log.fetches, 4);
    });
  });

  it("leaves the failure of a fetch to who made it, and forgets what was kept", async () => {
    const [fetches, log] = [new SharedFetches(), new Log()];
    await among(2, fetches, async () => {
      await ask(fetches, log, { a: 0n });
      log.failure = new Error("cut off");
      const failed = ask(fetches, log, { a: 10n });
      const other = ask(fetches, log, { a: 10n });
      failed.catch(() => (log.failure = undefined));
      await assert.rejects(failed, /cut off/);
      assert.deepEqual(offsetsOf(await other), { a: [10, 20] });
      assert.equal(log.fetches, 3);
      await ask(fetches, log, { a: 0n });
      assert.equal(log.fetches, 4);
    });
  });

  it("forgets what was kept when a channel has an error, and when a session begins", async () => {
    const [fetches, log] = [new SharedFetches(), new Log()];
    await among(2, fetches, async () => {
      await ask(fetches, log, { a: 0n });
      const error = new KafkaTopicError("a", 1);
      await fetches.fetch(
        "broker:1",
        [{ channel: "a", offset: 90n, isInDoubt: false }],
        () => Promise.resolve([{ channel: "a", messages: [], error }]),
        NEVER,
      );
      await ask(fetches, log, { a: 0n });
      assert.equal(log.fetches, 2);
      await fetches.share(async () => {
        await ask(fetches, log, { a: 0n });
        assert.equal(log.fetches, 3);
      });
    });
  });

  it("does not keep, nor join, what was asked for before a session began", async () => {
    const [fetches, log] = [new SharedFetches(), new Log()];
    const open = log.close();
    await among(2, fetches, async () => {
      const before = ask(fetches, log, { a: 0n });
      await fetches.share(async () => {
        const after = ask(fetches, log, { a: 0n });
        assert.equal(log.fetches, 2);
        open();
        await Promise.all([before, after]);
        await ask(fetches, log, { a: 0n });
        assert.equal(log.fetches, 2);
      });
      await ask(fetches, log, { a: 0n });
      assert.equal(log.fetches, 3);
    });
  });

  it("ends the wait of a reader that is told to stop, and of no other", async () => {
    const [fetches, log] = [new SharedFetches(), new Log()];
    const open = log.close();
    const stopping = new AbortController();
    await among(2, fetches, async () => {
      const first = ask(fetches, log, { a: 0n });
      const second = ask(fetches, log, { a: 0n }, { signal: stopping.signal });
      await turn();
      stopping.abort(new Error("paused"));
      await assert.rejects(second, /paused/);
      open();
      assert.deepEqual(offsetsOf(await first), { a: [0, 10] });
      assert.equal(log.fetches, 1);
    });
  });

  it("keeps no more than some megabytes, and no more than some stretches", async () => {
    const [fetches, large, small] = [new SharedFetches(), new Log(400 << 10), new Log()];
    await among(2, fetches, async () => {
      for (let offset = 0n; offset < 100n; offset += 10n) await ask(fetches, large, { a: offset });
      await ask(fetches, large, { a: 95n });
      assert.equal(large.fetches, 10);
      await ask(fetches, large, { a: 5n });
      assert.equal(large.fetches, 11);
      for (let offset = 0n; offset < 2_000n; offset += 10n) await ask(fetches, small, { b: offset });
      await ask(fetches, small, { b: 1_000n });
      assert.equal(small.fetches, 200);
      await ask(fetches, small, { b: 0n });
      assert.equal(small.fetches, 201);
    });
  });
});
