import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import net from "node:net";
import { fileURLToPath } from "node:url";
import { areGone, childrenOf } from "../integration/sandbox/processes.js";

const PROGRAM = fileURLToPath(new URL("../../dist/quickstart/quickstart-main.js", import.meta.url));

/** A run of the built quickstart. */
class Run {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  stdout = "";
  stderr = "";

  constructor(...args: string[]) {
    this.#child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.#closed = once(this.#child, "close");
    this.#child.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
  }

  /** The processes it runs now. */
  children(): Promise<readonly number[]> {
    return childrenOf(this.#child.pid ?? 0);
  }

  /** Waits until its output holds a text. */
  async shows(text: string): Promise<void> {
    while (!this.stdout.includes(text)) {
      if (this.#child.exitCode !== null)
        throw new Error(`ended without "${text}":\n${this.stdout}${this.stderr}`);
      await Promise.race([once(this.#child.stdout!, "data"), this.#closed]);
    }
  }

  interrupt(): void {
    this.#child.kill("SIGINT");
  }

  async exitCode(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }
}

describe("quickstart", function () {
  this.timeout(300_000);

  before(() => {
    assert.ok(existsSync(PROGRAM), `${PROGRAM} is not there: npm run build`);
  });

  it("--once proves that the target equals the source, in few lines without escapes", async () => {
    const run = new Run("--once");
    await run.shows("3. A task");
    const children = await run.children();
    assert.equal(children.length, 4, "Kafka, two Milvus, the service");
    assert.equal(await run.exitCode(), 0, run.stdout + run.stderr);
    assert.match(run.stdout, /source 950 rows, target 950 rows: equal/);
    assert.match(run.stdout, /rows written 1000, on the target 1000; lag p50 \d+\.\d\d s, max \d+\.\d\d s/);
    assert.equal(run.stderr, "");
    assert.ok(!run.stdout.includes("\x1b"));
    assert.ok(run.stdout.split("\n").length <= 40);
    assert.ok(await areGone(children));
  });

  it("goes on until Ctrl-C, with working commands to try out, and leaves no process", async () => {
    const run = new Run();
    await run.shows("one row a second: rows written");
    const children = await run.children();
    const [, url = "", body = ""] = /^curl -sS (\S+) -d '(.*"get".*)'$/m.exec(run.stdout) ?? [];
    const answer = await fetch(url, { method: "POST", body });
    assert.match(await answer.text(), /"state":\s*"Running"/);
    run.interrupt();
    assert.equal(await run.exitCode(), 0, run.stdout + run.stderr);
    assert.equal(run.stderr, "");
    assert.ok(await areGone(children));
  });

  it("does not pass for a proof when it is interrupted, and leaves no process", async () => {
    const run = new Run("--once");
    await run.shows("1. Real servers");
    while ((await run.children()).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    const children = await run.children();
    run.interrupt();
    assert.equal(await run.exitCode(), 130);
    assert.ok(await areGone(children));
  });

  it("says in a line what is wrong with the command line, before anything starts", async () => {
    const taken = net.createServer().listen(0);
    await once(taken, "listening");
    const { port } = taken.address() as net.AddressInfo;
    for (const args of [["--port", String(port)], ["--twice"]]) {
      const run = new Run(...args);
      assert.equal(await run.exitCode(), 2);
      assert.match(run.stderr, /^quickstart: .*\n$/);
    }
    taken.close();
  });
});
