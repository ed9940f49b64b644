import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { eventually } from "../../support/eventually.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const run = promisify(execFile);

describe("the package", function () {
  this.timeout(300_000);
  const newPath = temporaryFolder();

  it("installs into an empty folder, serves its dashboard, and changes its log level at SIGHUP", async () => {
    const folder = newPath();
    mkdirSync(folder, { recursive: true });
    const packed = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder]);
    const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
    writeFileSync(join(folder, "package.json"), "{}");
    await run("npm", ["install", "--no-audit", "--no-fund", join(folder, filename)], { cwd: folder });

    const config = join(folder, "cdc.json");
    const configure = (level: string): void =>
      writeFileSync(
        config,
        JSON.stringify({ listen: { port: 0 }, metastore: { path: join(folder, "db") }, log: { level } }),
      );
    configure("info");
    const program = join(folder, "node_modules", ".bin", "milvus-cdc");
    const child = spawn(program, ["serve", "--config", resolve(config)], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    try {
      let log = "";
      child.stderr.on("data", (bytes: Buffer) => (log += bytes.toString()));
      await eventually(() => assert.match(log, /"serving"/), 60_000);
      const port = /"port":(\d+)/.exec(log)?.[1] ?? assert.fail();
      const page = await fetch(`http://127.0.0.1:${port}/`);
      assert.match(await page.text(), /<title>Milvus CDC<\/title>/);
      const list = (): Promise<unknown> =>
        fetch(`http://127.0.0.1:${port}/cdc`, { method: "POST", body: '{"request_type":"list"}' });
      await list();
      assert.doesNotMatch(log, /"level":"debug"/);
      configure("debug");
      child.kill("SIGHUP");
      await eventually(() => assert.match(log, /configuration read again/), 10_000);
      await list();
      await eventually(() => assert.match(log, /"level":"debug"/), 10_000);
      configure("nonsense");
      child.kill("SIGHUP");
      await eventually(() => assert.match(log, /configuration not read again/), 10_000);
    } finally {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      assert.deepEqual(await exit, [0, null]);
    }
    assert.match(
      readFileSync(join(folder, "node_modules", "milvus-cdc-service", "docs", "errors.md"), "utf8"),
      /TARGET_BUSY/,
    );
  });
});
