import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { readConfig } from "../../../src/config/read-config.js";

const PAGES = ["README.md", "ARCHITECTURE.md", ...readdirSync("docs").map((name) => join("docs", name))];

function blocksOf(page: string, kind: string): string[] {
  const fenced = new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\``, "gm");
  return [...readFileSync(page, "utf8").matchAll(fenced)].map(([, text = ""]) => text);
}

/** What no command runs. An init system is not to be had in a test, so its unit is read alone. */
describe("blocks of the documentation", () => {
  it("are YAML and JSON where they say so", () => {
    for (const page of PAGES) {
      for (const text of blocksOf(page, "yaml"))
        assert.deepEqual(
          parseAllDocuments(text).flatMap(({ errors }) => errors),
          [],
          page,
        );
      for (const text of blocksOf(page, "json")) assert.ok(parse(text), page);
    }
  });

  it("show a configuration that the service takes", () => {
    const [text = ""] = blocksOf("README.md", "yaml");
    assert.equal(readConfig(parse(text), {}).sources["default"]?.channelPrefix, "by-dev");
  });

  it("start the service as it is started", () => {
    const [unit = ""] = blocksOf("docs/operations.md", "ini");
    assert.match(unit, /^ExecStart=\/usr\/bin\/milvus-cdc serve --config \S+\.yaml$/m);
    assert.match(unit, /^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
  });

  it("lead to pages that are there", () => {
    for (const page of PAGES)
      for (const [, link = ""] of readFileSync(page, "utf8").matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
        assert.doesNotThrow(() => readFileSync(join(page, "..", link)), `${page}: ${link}`);
  });
});
