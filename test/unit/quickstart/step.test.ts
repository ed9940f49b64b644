import assert from "node:assert/strict";
import { sleep } from "../../../src/async/abort.js";
import { QuickstartError } from "../../../src/quickstart/quickstart-error.js";
import { Releases } from "../../../src/quickstart/releases.js";
import { runStep } from "../../../src/quickstart/step.js";
import { together } from "../../../src/quickstart/together.js";

const never = new AbortController().signal;

describe("step", () => {
  it("fails with its name when its time is over", async () => {
    const step = { what: "waiting for Godot", timeoutMs: 5, signal: never };
    await assert.rejects(
      runStep(step, (signal) => sleep(60_000, signal)),
      new QuickstartError("waiting for Godot did not end within 0.005 s"),
    );
  });

  it("waits until the action has cleared up after an abort, and rejects with the abort's reason", async () => {
    const abort = new AbortController();
    let isClear = false;
    const running = runStep({ what: "x", timeoutMs: 60_000, signal: abort.signal }, async (signal) => {
      await sleep(60_000, signal).catch(() => undefined);
      await Promise.resolve();
      isClear = true;
      throw new Error("some other error");
    });
    abort.abort(new Error("Ctrl-C"));
    await assert.rejects(running, /Ctrl-C/);
    assert.ok(isClear);
  });
});

describe("together", () => {
  it("rejects with the first failure, after the others have ended", async () => {
    let hasEnded = false;
    const other = (signal: AbortSignal): Promise<void> =>
      sleep(60_000, signal).finally(() => {
        hasEnded = true;
      });
    await assert.rejects(
      together(never, other, () => Promise.reject(new Error("first"))),
      /first/,
    );
    assert.ok(hasEnded);
  });
});

describe("releases", () => {
  it("end everything in reverse, also when one fails, and once", async () => {
    const ended: string[] = [];
    const failures: unknown[] = [];
    const releases = new Releases();
    releases.add(() => Promise.resolve(void ended.push("first")));
    releases.add(() => Promise.reject(new Error("stuck")));
    releases.add(() => Promise.resolve(void ended.push("last")));
    await releases.releaseAll((error) => failures.push(error));
    await releases.releaseAll((error) => failures.push(error));
    assert.deepEqual(ended, ["last", "first"]);
    assert.equal(failures.length, 1);
  });
});
