import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import { openCalls, rightsTable } from "../../support/rights-table.js";

const PAGE = "docs/rights.md";

describe(PAGE, () => {
  it("has the rights that plans go by", async () => {
    const page = readFileSync(PAGE, "utf8");
    const between = (name: string, content: string): [RegExp, string] => [
      new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(\n<!-- /${name} -->)`),
      `$1\n${content}\n$2`,
    ];
    const filled = page
      .replace(...between("rights", rightsTable()))
      .replace(...between("open calls", `${openCalls()}.`));
    const wanted = await format(filled, { parser: "markdown" });
    if (process.env["UPDATE_DOCS"] !== undefined) writeFileSync(PAGE, wanted);
    assert.equal(page, wanted, "write it anew by UPDATE_DOCS=1 npm run test:unit");
    assert.match(page, /\| Collection +\| Upsert +\|/);
  });
});
