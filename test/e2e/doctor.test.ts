import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { useSandbox } from "../support/e2e-sandbox.js";
import { TestCollection } from "../support/e2e-collection.js";
import { temporaryFolder } from "../support/temporary-folder.js";

interface Told {
  readonly code: number;
  readonly lines: readonly string[];
}

describe("milvus-cdc doctor", function () {
  this.timeout(120_000);
  const servers = useSandbox();
  const newPath = temporaryFolder();

  /** What it says of the sandbox's source, changed as given. */
  function doctor(changed: Record<string, unknown> = {}, target = servers().targetUri): Promise<Told> {
    const { sourceUri, brokers } = servers();
    const file = newPath();
    mkdirSync(dirname(file), { recursive: true });
    const source = { milvus: { uri: sourceUri }, kafka: { brokers }, ...changed };
    writeFileSync(file, JSON.stringify({ sources: { default: source } }));
    const args = ["dist/main.js", "doctor", "--config", file, "--target", target];
    return new Promise((resolve) => {
      execFile(process.execPath, args, (error, out) =>
        resolve({ code: Number(error?.code ?? 0), lines: out.trimEnd().split("\n") }),
      );
    });
  }

  before(() => new TestCollection(servers().source, "books").createLoaded());

  it("finds nothing at fault where all is well", async () => {
    const { code, lines } = await doctor();
    assert.equal(code, 0, lines.join("\n"));
    assert.match(lines[0] ?? "", /^ok {7}source default: Milvus v?2\.3\.5\S* answers at /);
    for (const text of [
      "source default: shows 1 collections",
      "source default: the source writes into them",
      "source default: a record of by-dev-",
      "target: Milvus",
      "target: its clock and this computer's are",
    ])
      assert.ok(
        lines.some((line) => line.startsWith("ok") && line.includes(text)),
        `${text}\n${lines.join("\n")}`,
      );
  });

  it("names a prefix without topics, a Kafka and a target that do not answer, each with what to do", async () => {
    const other = await doctor({ channel_prefix: "other" });
    assert.equal(other.code, 1);
    const at = other.lines.findIndex((line) => line.startsWith("fault"));
    assert.match(other.lines.slice(at, at + 2).join(" "), /no topic of other +Check `channel_prefix`/);

    const { code, lines } = await doctor({ kafka: { brokers: ["127.0.0.1:1"] } }, "http://127.0.0.1:1");
    assert.equal(code, 1);
    assert.ok(lines.some((line) => /^fault {4}source default: LOG_UNAVAILABLE/.test(line)));
    assert.ok(lines.some((line) => /^fault {4}target: TARGET_UNAVAILABLE/.test(line)));
  });
});
