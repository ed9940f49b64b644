import assert from "node:assert/strict";
import { takeTurns } from "../../../src/server/take-turns.js";

type Next = Parameters<ReturnType<typeof takeTurns>>[0];

/** Calls that tell when they begin, and in which turn of the event loop. */
function setup(): { begun: { call: number; turn: number }[]; call: (n: number) => Promise<unknown> } {
  const begun: { call: number; turn: number }[] = [];
  let turn = 0;
  const count = (): void => {
    turn++;
    if (turn < 20) setImmediate(count);
  };
  setImmediate(count);
  const next: Next = (request) => {
    begun.push({ call: Number(request.url), turn });
    return Promise.resolve({} as Awaited<ReturnType<Next>>);
  };
  const intercepted = takeTurns(3)(next);
  return { begun, call: (n) => intercepted({ url: String(n) } as Parameters<Next>[0]) };
}

describe("takeTurns", () => {
  it("lets a few calls begin in each turn of the event loop, first come, first served", async () => {
    const { begun, call } = setup();
    await Promise.all(Array.from({ length: 10 }, (_, i) => call(i)));
    assert.deepEqual(
      begun.map((one) => one.call),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    const counts = new Map<number, number>();
    for (const { turn } of begun) counts.set(turn, (counts.get(turn) ?? 0) + 1);
    assert.deepEqual([...counts.values()], [3, 3, 3, 1]);
  });

  it("lets a call begin at once when there are no others", async () => {
    const { begun, call } = setup();
    for (let i = 0; i < 3; i++) {
      void call(i);
      assert.equal(begun.length, i + 1);
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    }
  });
});
