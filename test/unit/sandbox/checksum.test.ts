import assert from "node:assert/strict";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { checkSha256 } from "../../../src/sandbox/checksum.js";
import { checkJars } from "../../../src/sandbox/kafka-package.js";

const SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

describe("checksum", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), "checksum-test-"));
    await fs.writeFile(path.join(folder, "a.jar"), "abc");
  });
  afterEach(() => fs.rm(folder, { recursive: true }));

  it("accepts the pinned content", () => checkSha256(path.join(folder, "a.jar"), SHA256_OF_ABC));

  it("refuses any other content, naming the file and both sums", async () => {
    await fs.writeFile(path.join(folder, "a.jar"), "abd");
    await assert.rejects(checkSha256(path.join(folder, "a.jar"), SHA256_OF_ABC), (error: Error) => {
      assert.match(error.message, /checksum of a\.jar is a52d159f[0-9a-f]{56}, expected ba7816bf/);
      return true;
    });
  });

  it("accepts the pinned jars", () => checkJars(folder, { "a.jar": SHA256_OF_ABC }));

  it("refuses a jar that differs", () =>
    assert.rejects(checkJars(folder, { "a.jar": SHA256_OF_ABC.replace("b", "c") }), /checksum of a\.jar/));

  it("refuses a set of jars with one missing", () =>
    assert.rejects(
      checkJars(folder, { "a.jar": SHA256_OF_ABC, "b.jar": SHA256_OF_ABC }),
      /did not bring b\.jar/,
    ));

  it("refuses a jar that is not pinned", () =>
    assert.rejects(checkJars(folder, {}), /a\.jar, which is not pinned/));
});
