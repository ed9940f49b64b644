import assert from "node:assert/strict";
import { Barriers } from "../../../src/engine/barriers.js";

const never = new AbortController().signal;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Counts what it is asked to carry out. */
function counted(): { readonly carryOut: () => Promise<void>; count: number } {
  const self = {
    count: 0,
    carryOut: async (): Promise<void> => {
      await turn();
      self.count++;
    },
  };
  return self;
}

describe("Barriers", () => {
  it("carry out an action once, when the last shard has come, and let all go on after it", async () => {
    const barriers = new Barriers(["a", "b", "c"]);
    const action = counted();
    const passed: string[] = [];
    const shards = ["a", "b"].map((shard) =>
      barriers.meet(5n, shard, action.carryOut, never).then(() => passed.push(shard)),
    );
    await turn();
    assert.deepEqual([action.count, passed], [0, []]);
    await barriers.meet(5n, "c", action.carryOut, never);
    await Promise.all(shards);
    assert.deepEqual([action.count, passed], [1, ["a", "b"]]);
  });

  it("keep barriers of different times apart", async () => {
    const barriers = new Barriers(["a", "b"]);
    const [one, other] = [counted(), counted()];
    const early = barriers.meet(5n, "a", one.carryOut, never);
    void barriers.meet(6n, "b", other.carryOut, never);
    await turn();
    assert.deepEqual([one.count, other.count], [0, 0]);
    await barriers.meet(5n, "b", one.carryOut, never);
    await early;
    assert.deepEqual([one.count, other.count], [1, 0]);
  });

  it("do not wait for a shard that is past their time", async () => {
    const barriers = new Barriers(["a", "b"]);
    const action = counted();
    const meeting = barriers.meet(5n, "a", action.carryOut, never);
    barriers.passed("b", 4n);
    await turn();
    assert.equal(action.count, 0);
    barriers.passed("b", 5n);
    await meeting;
    assert.equal(action.count, 1);
  });

  it("let every shard hear of a failure", async () => {
    const barriers = new Barriers(["a", "b"]);
    const fail = (): Promise<void> => Promise.reject(new Error("no"));
    const first = barriers.meet(5n, "a", fail, never);
    await Promise.all([
      assert.rejects(first, /no/),
      assert.rejects(barriers.meet(5n, "b", fail, never), /no/),
    ]);
  });

  it("let a shard go that is told to stop", async () => {
    const stop = new AbortController();
    const meeting = new Barriers(["a", "b"]).meet(5n, "a", counted().carryOut, stop.signal);
    stop.abort(new Error("stop"));
    await assert.rejects(meeting, /stop/);
  });
});
