import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import type { FetchAnswer } from "../../src/source/kafka/kafka-session.js";
import { OpenChannel } from "../../src/source/kafka/open-channel.js";
import { SharedFetches, type WantedFetch } from "../../src/source/kafka/shared-fetches.js";

const NEVER = new AbortController().signal;
const CHANNELS = ["a", "b"];
const LENGTH = 60;

/** What comes next, as the case has it. */
type Dice = (sides: number) => number;

/** A log of which a fetch brings some messages of each channel, after some turns, or fails. */
async function fetchFrom(requests: readonly WantedFetch[], dice: Dice): Promise<readonly FetchAnswer[]> {
  for (let turns = dice(4); turns > 0; turns--) await turn();
  if (dice(12) === 0) throw new Error("cut off");
  return requests.map(({ channel, offset }) => {
    const first = Number(offset);
    const count = Math.min(dice(9), LENGTH - first);
    const messages = Array.from({ length: count }, (_, i) => ({
      offset: String(first + i),
      timestamp: String(first + i),
      value: Buffer.from(`${channel}${first + i}`),
    }));
    return { channel, messages, error: undefined };
  });
}

/** A task: reads both channels from some offset on, session after session, with pauses in which it takes no more. */
async function readAll(fetches: SharedFetches, from: number, dice: Dice): Promise<string[]> {
  const got: string[] = [];
  const open = CHANNELS.map(
    (channel) =>
      new OpenChannel({
        channel,
        from: BigInt(from),
        get isFull() {
          return dice(5) === 0;
        },
        push: (records) => got.push(...records.map(({ value }) => Buffer.from(value).toString())),
      }),
  );
  const isDone = (): boolean => got.length === CHANNELS.length * (LENGTH - from);
  const session = async (): Promise<void> => {
    for (const one of open) one.enter({ channel: one.channel, start: 0n, end: BigInt(LENGTH) });
    while (!isDone()) {
      const requests = open.filter(({ sink }) => !sink.isFull).map((one) => one.wanted());
      const answers =
        requests.length === 0
          ? []
          : await fetches.fetch("broker:1", requests, () => fetchFrom(requests, dice), NEVER);
      for (const { channel, messages } of answers)
        open.find((one) => one.channel === channel)?.accept(messages);
      if (answers.length === 0) await turn();
    }
  };
  while (!isDone()) await fetches.share(session).catch(() => undefined);
  return got;
}

describe("readers that share what they fetch", () => {
  it("each get every record of every channel from their own offset on, once and in order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: LENGTH - 1 }), { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.nat({ max: 999 })),
        async (starts, numbers) => {
          const dice: Dice = (sides) => Number(numbers.next().value) % sides;
          const fetches = new SharedFetches();
          const all = await Promise.all(starts.map((from) => readAll(fetches, from, dice)));
          for (const [i, got] of all.entries())
            for (const channel of CHANNELS)
              assert.deepEqual(
                got.filter((text) => text.startsWith(channel)),
                Array.from(
                  { length: LENGTH - (starts[i] ?? 0) },
                  (_, n) => `${channel}${(starts[i] ?? 0) + n}`,
                ),
              );
        },
      ),
      { numRuns: 300 },
    );
  });
});
