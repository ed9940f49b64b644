import assert from "node:assert/strict";
import type { Gate } from "../../support/engine-gate.js";
import { EngineHarness, rows } from "../../support/engine-harness.js";
import { created, tables } from "../../support/engine-scenes.js";

/** A new name is seen within this time. */
const SEEN_MS = 4_000;

/** Dies after so many operations that pass the filter; that last one is done, or not. */
function dyingGate(matches: RegExp, isDone: boolean): { gate: Gate; isDead: () => boolean } {
  let isDead = false;
  const gate: Gate = async (operation, apply) => {
    if (isDead) return new Promise(() => undefined);
    if (!matches.test(operation)) return apply();
    isDead = true;
    if (isDone) await apply();
    return new Promise(() => undefined);
  };
  return { gate, isDead: () => isDead };
}

describe("a process that dies while it renames", () => {
  for (const { name, matches, isDone } of [
    { name: "before the target did it", matches: /^rename /, isDone: false },
    { name: "after the target did it", matches: /^rename /, isDone: true },
  ]) {
    it(`${name}: the next one ends it, and the old name is free for another`, async () => {
      using h = new EngineHarness(["c0"]);
      await h.createTask();
      const { gate, isDead } = dyingGate(matches, isDone);
      const first = h.start(gate);
      const c = created(h, "c");
      await h.caughtUp();
      h.source.rename(c, "d");
      await h.until("it dies", isDead);
      h.time.clear();
      const second = h.start();
      h.source.insert(c, rows([2]));
      h.source.flush();
      await h.caughtUp();
      assert.deepEqual(tables(h), ["default.d"]);
      assert.deepEqual(h.target.rows("d"), h.source.rows("d"));
      created(h, "c");
      await h.caughtUp();
      assert.deepEqual(h.target.rows("c"), ["_default/1=of c"]);
      assert.equal(h.target.rows("d").length, 2);
      await h.stop(second);
      first.runner.stop(0);
    });
  }

  it("leaves the collection of a name with its owner, though another one waits for it", async () => {
    for (const isOlder of [false, true]) {
      // GIVEN a collection that is to give its name to another one, older or younger than itself
      using h = new EngineHarness(["c0"], { collections: ["a", "b"] });
      await h.createTask();
      const early = isOlder ? created(h, "z") : undefined;
      const { gate, isDead } = dyingGate(/^rename /, true);
      const first = h.start(gate);
      const a = created(h, "a");
      await h.caughtUp();
      h.source.rename(a, "b");
      if (early !== undefined) h.source.rename(early, "a");
      const other = early ?? created(h, "a");
      other.isLoaded = true;
      await h.until("it dies", isDead);
      await h.time.advance(500);
      h.time.clear();
      assert.equal((await h.store.listCollections(h.task.id)).length, 2);
      // WHEN the task goes on
      const second = h.start();
      h.source.insert(a, rows([2]));
      h.source.insert(other, rows([2]));
      await h.flowing("both are there", () => tables(h).length === 2 && h.target.rows("a").length === 2);
      await h.caughtUp();
      assert.deepEqual(h.target.rows("a"), h.source.rows("a"), `${isOlder}`);
      assert.deepEqual(h.target.rows("b"), h.source.rows("b"), `${isOlder}`);
      await h.stop(second);
      first.runner.stop(0);
    }
  });

  it("ends with every name in its place, wherever in a swap it dies, and dies again", async () => {
    for (let deaths = 0; deaths < 128; deaths++) {
      using h = new EngineHarness(["c0"]);
      await h.createTask();
      const [a, b] = [created(h, "a"), created(h, "b")];
      const first = h.start();
      await h.caughtUp();
      await h.stop(first);
      h.source.rename(a, "b");
      h.source.rename(b, "a");
      for (let life = 0; life < 2; life++) {
        // only what changes something counts; the last one is done, or not
        let left = (deaths >> (3 * life + 1)) % 8;
        const gate: Gate = async (operation, apply) => {
          const isChange = /^(rename|saveCollection)/.test(operation);
          if (left < 0 || (isChange && --left < 0 && deaths % 2 === 0)) return new Promise(() => undefined);
          const answer = await apply();
          return left < 0 ? new Promise(() => undefined) : answer;
        };
        const run = h.start(gate);
        await h.time.advance(SEEN_MS);
        h.time.clear();
        run.runner.stop(0);
        h.time.clear();
      }
      const last = h.start();
      const c = created(h, "c");
      const isOf = (name: string, first: string): boolean =>
        h.target.rows(name)[0] === `_default/1=of ${first}`;
      await h.until(`both have their names, ${deaths}`, () => isOf("a", "b") && isOf("b", "a"));
      await h.caughtUp();
      assert.deepEqual(tables(h), ["default.a", "default.b", "default.c"]);
      assert.deepEqual(h.target.rows("c"), h.source.rows(c.name.name));
      await h.stop(last);
    }
  });
});
