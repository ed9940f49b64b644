import assert from "node:assert/strict";
import { stalls, type StallSigns } from "../../../src/engine/stalls.js";

const NOW = 1_000_000;

/** One collection that has stood for 20 s, in a channel that ticks, while nothing was written for long. */
function signs(changes: Partial<StallSigns> = {}): StallSigns {
  return {
    lanes: [{ name: "default.c", channel: "c0", sinceMs: NOW - 20_000 }],
    tickAtMs: () => NOW,
    holderOf: () => undefined,
    lastWriteAtMs: NOW - 60_000,
    ...changes,
  };
}

describe("stalls", () => {
  it("says that the target takes nothing, of a collection whose ticks come and do not pass", () => {
    assert.deepEqual(stalls(signs(), NOW), ["nothing of default.c was taken by the target for 20 s"]);
  });

  it("finds nothing wrong with a collection that has just moved, or waits while others are written", () => {
    const lanes = [{ name: "default.c", channel: "c0", sinceMs: NOW - 8_000 }];
    assert.deepEqual(stalls(signs({ lanes }), NOW), []);
    assert.deepEqual(stalls(signs({ lastWriteAtMs: NOW - 8_000 }), NOW), []);
    assert.deepEqual(stalls(signs({ lanes: [] }), NOW), []);
  });

  it("says that no tick comes, whatever is written, and once for each channel", () => {
    const lanes = ["c", "d"].map((name) => ({ name, channel: "c0", sinceMs: NOW - 20_000 }));
    const found = stalls(signs({ lanes, tickAtMs: () => NOW - 9_500, lastWriteAtMs: NOW }), NOW);
    assert.deepEqual(found, [
      "no time tick has come in c0 for 9 s, where the source writes one every 0.2 s; check that source and Kafka run",
    ]);
  });

  it("names the collection that keeps a channel from being read, not those that wait behind it", () => {
    const lanes = ["default.c", "default.full"].map((name) => ({
      name,
      channel: "c0",
      sinceMs: NOW - 20_000,
    }));
    const holderOf = (channel: string): string | undefined => (channel === "c0" ? "default.full" : undefined);
    assert.deepEqual(stalls(signs({ lanes, holderOf }), NOW), [
      "c0 is not read on, since default.full holds as much as it may; see that collection",
      "nothing of default.full was taken by the target for 20 s",
    ]);
  });

  it("shows the first five of many", () => {
    const lanes = Array.from({ length: 9 }, (_, i) => ({
      name: `c${i}`,
      channel: "c0",
      sinceMs: NOW - 20_000,
    }));
    assert.deepEqual(
      stalls(signs({ lanes }), NOW).map((text) => text.split(" ")[2]),
      ["c0", "c1", "c2", "c3", "c4"],
    );
  });
});
