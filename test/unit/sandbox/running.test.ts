import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { endRunningSandbox, RunningSandbox } from "../../../src/sandbox/running.js";
import { SandboxError } from "../../../src/sandbox/sandbox-error.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

describe("RunningSandbox", () => {
  const newPath = temporaryFolder();

  it("is told to end by who calls it, who waits until it has ended", async () => {
    const file = newPath("s.sock");
    let asked: () => void = () => assert.fail("asked before it was");
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const running = await RunningSandbox.claim(file, () => asked());
    let hasEnded = false;
    const down = endRunningSandbox(file).then((found) => ({ found, hasEnded }));
    await isAsked;
    hasEnded = true;
    await running.release();
    assert.deepEqual(await down, { found: true, hasEnded: true });
    assert.equal(existsSync(file), false);
    assert.equal(await endRunningSandbox(file), false);
  });

  it("is there once, and goes on when a second one is refused", async () => {
    const file = newPath("s.sock");
    const running = await RunningSandbox.claim(file, () => assert.fail("nobody asked it to end"));
    await assert.rejects(
      RunningSandbox.claim(file, () => undefined),
      SandboxError,
    );
    await running.release();
  });

  it("takes the place of one that was killed", async () => {
    const file = newPath("s.sock");
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "");
    const running = await RunningSandbox.claim(file, () => undefined);
    await running.release();
  });
});
