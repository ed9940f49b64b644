import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for the tests of the describe block that calls this; removed after them. Call the result for a new path in it. */
export function temporaryFolder(): (name?: string) => string {
  let folder = "";
  let count = 0;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "milvus-cdc-test-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  return (name = "file") => join(folder, `${count++}`, name);
}
