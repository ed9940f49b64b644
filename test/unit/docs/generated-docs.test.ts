import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { readApiDescriptors } from "../../support/api-docs/api-descriptors.js";
import { apiPage } from "../../support/api-docs/api-page.js";
import { openApiText } from "../../support/api-docs/open-api.js";

describe("pages that are written from the proto files", function () {
  this.timeout(60_000);

  const pages = { "docs/api.md": apiPage, "docs/openapi.yaml": openApiText };
  for (const [file, page] of Object.entries(pages))
    it(`${file} is what they say`, async () => {
      const wanted = await page(readApiDescriptors());
      if (process.env["UPDATE_DOCS"] !== undefined) writeFileSync(file, wanted);
      assert.equal(readFileSync(file, "utf8"), wanted, "write it anew by UPDATE_DOCS=1 npm run test:unit");
    });
});
