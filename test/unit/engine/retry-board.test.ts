import assert from "node:assert/strict";
import { isDisconnected, RetryBoard } from "../../../src/engine/retry-board.js";
import { CdcError, type ErrorCode } from "../../../src/model/errors.js";
import { VirtualTime } from "../../support/engine-virtual-time.js";

describe("RetryBoard", () => {
  let time: VirtualTime;
  let board: RetryBoard;
  beforeEach(() => {
    time = new VirtualTime();
    board = new RetryBoard(() => undefined);
  });
  afterEach(() => time[Symbol.dispose]());

  const fails = (place: string, code: ErrorCode, attempts: number): void =>
    board.report(place, { error: new CdcError(code, place), attempts, delayMs: 0 });

  const shown = (): string | undefined => board.worst?.error.message;

  it("shows what was tried most often", () => {
    fails("a", "TARGET_NOT_READY", 3);
    fails("b", "TARGET_BUSY", 7);
    fails("c", "INTERNAL", 5);
    assert.equal(shown(), "b");
    board.report("b", undefined);
    assert.equal(shown(), "c");
  });

  it("shows a connection that stays lost before what was tried more often, not one that is made anew", async () => {
    fails("a", "TARGET_NOT_READY", 100);
    fails("b", "LOG_UNAVAILABLE", 1);
    assert.equal(shown(), "a");
    await time.advance(1_999);
    assert.equal(shown(), "a");
    await time.advance(1);
    assert.equal(shown(), "b");
    board.report("b", undefined);
    assert.equal(shown(), "a");
    assert.equal(isDisconnected(board.worst!, time.now), false);
  });

  it("remembers since when a place fails, over all of its tries", async () => {
    const sinceMs = time.now;
    fails("a", "TARGET_UNAVAILABLE", 1);
    await time.advance(1_000);
    fails("a", "TARGET_UNAVAILABLE", 2);
    assert.equal(board.worst?.sinceMs, sinceMs);
    assert.equal(board.worst.failedAtMs, time.now);
  });
});
