import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { staticPages } from "../../../src/server/static-pages.js";
import { ServerHarness } from "../../support/server-harness.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

describe("static pages", () => {
  const newPath = temporaryFolder();

  async function start(): Promise<ServerHarness> {
    const folder = newPath();
    mkdirSync(join(folder, "assets"), { recursive: true });
    writeFileSync(join(folder, "index.html"), "<p>hello</p>");
    writeFileSync(join(folder, "assets", "a-1.js"), "1;".repeat(1_000));
    return ServerHarness.start({}, { pages: staticPages(folder) });
  }

  it("sends a page that may load nothing from elsewhere, and asks whether it has changed", async () => {
    await using harness = await start();
    const first = await fetch(harness.url);
    assert.equal(await first.text(), "<p>hello</p>");
    assert.equal(first.headers.get("content-type"), "text/html; charset=utf-8");
    assert.match(
      first.headers.get("content-security-policy") ?? "",
      /^default-src 'none'.*frame-ancestors 'none'$/,
    );
    assert.equal(first.headers.get("cache-control"), "no-cache");
    const etag = first.headers.get("etag") ?? "";
    const again = await fetch(harness.url, { headers: { "if-none-match": etag } });
    assert.deepEqual([again.status, await again.text()], [304, ""]);
  });

  it("sends files that never change, packed where that is understood", async () => {
    await using harness = await start();
    const url = `${harness.url}/assets/a-1.js`;
    const packed = await fetch(url, { headers: { "accept-encoding": "gzip" } });
    assert.equal(packed.headers.get("content-encoding"), "gzip");
    assert.ok(Number(packed.headers.get("content-length")) < 100);
    assert.equal((await packed.text()).length, 2_000);
    assert.match(packed.headers.get("cache-control") ?? "", /immutable/);
    const plain = await fetch(url, { headers: { "accept-encoding": "identity" } });
    assert.equal(plain.headers.get("content-length"), "2000");
    const head = await fetch(url, { method: "HEAD", headers: { "accept-encoding": "identity" } });
    assert.deepEqual([head.headers.get("content-length"), await head.text()], ["2000", ""]);
  });

  it("has nothing beside them", async () => {
    await using harness = await start();
    for (const path of ["/index.html", "/assets/", "/assets/%2e%2e/index.html", "/package.json"])
      assert.equal((await fetch(harness.url + path)).status, 404, path);
    assert.equal((await fetch(harness.url, { method: "POST" })).status, 405);
  });
});
