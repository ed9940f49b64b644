import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import { errorPolicy, type ErrorAction } from "../../../src/model/errors.js";

const FILE = "docs/errors.md";

const MEANINGS: Readonly<Record<ErrorAction, string>> = {
  retry: "tried again for ever, with growing delay; shown on the task",
  block: "one collection stops with the reason; the others go on",
  fail: "the task becomes Failed; `resume` tries again",
  refuse: "the request is answered with the error; nothing was changed",
  exit: "the service does not start (exit code 2)",
};

/** The page as it has to be. */
function page(): Promise<string> {
  const lines = Object.entries(errorPolicy).map(
    ([code, { action, remedy }]) => `| \`${code}\` | ${MEANINGS[action]} | ${remedy} |`,
  );
  const text = [
    "# Error codes",
    "",
    "Errors of tasks and requests begin with one of these codes. This page is written from the table in",
    "`src/model/errors.ts`; a test holds both equal (`UPDATE_DOCS=1 npm run test:unit` writes it anew).",
    "",
    "| code | what happens | what to do |",
    "| --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
  return format(text, { parser: "markdown", printWidth: 120 });
}

describe("docs/errors.md", () => {
  it("has every code with what happens and what to do", async () => {
    const wanted = await page();
    if (process.env["UPDATE_DOCS"] !== undefined) writeFileSync(FILE, wanted);
    assert.equal(readFileSync(FILE, "utf8"), wanted);
  });
});
