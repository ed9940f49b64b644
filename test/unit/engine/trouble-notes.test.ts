import assert from "node:assert/strict";
import { TroubleNotes } from "../../../src/engine/trouble-notes.js";
import type { RetryInfo } from "../../../src/engine/task-view.js";
import { CdcError, type ErrorCode } from "../../../src/model/errors.js";

interface Seen {
  readonly code?: ErrorCode;
  readonly stall?: string;
}

/** What is noted when something is seen in each of these seconds; of those, when trouble of the code began. */
class Scene {
  readonly told: string[] = [];
  readonly #notes = new TroubleNotes((text) => this.told.push(text));
  #second = 100;

  see({ code, stall }: Seen, seconds: number): this {
    const sinceMs = this.#second * 1_000;
    for (let i = 0; i < seconds; i++) {
      const nowMs = this.#second++ * 1_000;
      this.#notes.look(code && failing(code, sinceMs), stall, nowMs);
    }
    return this;
  }
}

function failing(code: ErrorCode, sinceMs: number): RetryInfo {
  return {
    error: new CdcError(code, "why"),
    attempts: 1,
    sinceMs,
    failedAtMs: sinceMs,
    nextTryAtMs: sinceMs,
  };
}

const well: Seen = {};

describe("TroubleNotes", () => {
  it("notes no trouble of less than five seconds, however often it comes", () => {
    const s = new Scene();
    for (let i = 0; i < 10; i++) s.see({ code: "TARGET_UNAVAILABLE" }, 5).see(well, 1);
    assert.deepEqual(s.told, []);
  });

  it("notes longer trouble once, in its last words, and its end after five seconds without", () => {
    const s = new Scene().see({ code: "TARGET_UNAVAILABLE" }, 60);
    assert.deepEqual(s.told, ["disconnected: TARGET_UNAVAILABLE: why"]);
    s.see(well, 4);
    assert.equal(s.told.length, 1);
    s.see(well, 60);
    assert.deepEqual(s.told.slice(1), ["well again after 59 s"]);
    s.see({ code: "TARGET_UNAVAILABLE" }, 6);
    assert.equal(s.told.length, 3);
  });

  it("notes trouble that comes and goes as one", () => {
    const s = new Scene();
    for (let i = 0; i < 10; i++) s.see({ code: "TARGET_UNAVAILABLE" }, 8).see(well, 2);
    s.see(well, 10);
    assert.deepEqual(s.told, ["disconnected: TARGET_UNAVAILABLE: why", "well again after 97 s"]);
  });

  it("notes trouble of another kind within trouble", () => {
    const s = new Scene()
      .see({ code: "TARGET_NOT_READY" }, 20)
      .see({ code: "LOG_UNAVAILABLE" }, 20)
      .see({ stall: "no tick for 9 s" }, 3)
      .see({ stall: "no tick for 12 s" }, 3)
      .see(well, 10);
    assert.deepEqual(s.told, [
      "retrying: TARGET_NOT_READY: why",
      "disconnected: LOG_UNAVAILABLE: why",
      "stalled: no tick for 12 s",
      "well again after 45 s",
    ]);
  });

  it("notes once what fails side by side, whichever is shown", () => {
    const s = new Scene();
    for (let i = 0; i < 10; i++) s.see({ code: "TARGET_NOT_READY" }, 6).see({ code: "TARGET_BUSY" }, 6);
    assert.deepEqual(s.told, ["retrying: TARGET_NOT_READY: why"]);
  });
});
