import assert from "node:assert/strict";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { provideJava } from "../../../src/sandbox/java.js";
import { provideKafka } from "../../../src/sandbox/kafka-package.js";
import { provideMilvus } from "../../../src/sandbox/milvus-package.js";
import { checkPlatform } from "../../../src/sandbox/prerequisites.js";

/** Writes its own "wheel" instead of downloading, and unpacks nothing. */
const FAKE_PYTHON = `#!/bin/sh
[ "$3" = download ] || exit 0
while [ "$1" != -d ]; do shift; done
printf 'not what was pinned' > "$2/milvus-2.3.5-py3-none-manylinux2014_x86_64.whl"
`;

describe("sandbox packages", () => {
  const realPath = process.env["PATH"];
  let folder: string;

  beforeEach(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), "package-test-"));
    await fs.mkdir(path.join(folder, "bin"));
    process.env["PATH"] = path.join(folder, "bin");
  });
  afterEach(async () => {
    process.env["PATH"] = realPath;
    await fs.rm(folder, { recursive: true });
  });

  const context = (): Parameters<typeof provideMilvus>[0] => ({
    cacheDir: path.join(folder, "cache"),
    progress: () => undefined,
    signal: new AbortController().signal,
  });

  it("refuse a wheel with a wrong checksum and keep nothing of it", async () => {
    await fs.writeFile(
      path.join(folder, "bin", "python3"),
      FAKE_PYTHON.replaceAll("printf", "/usr/bin/printf"),
      {
        mode: 0o755,
      },
    );
    await assert.rejects(provideMilvus(context()), /checksum of milvus-2\.3\.5.*expected 69515a06/);
    assert.deepEqual(await fs.readdir(path.join(folder, "cache")), []);
  });

  it("name Python and pip when they are missing, and what to do", () =>
    assert.rejects(provideMilvus(context()), /`python3 -m pip --version` does not run.*install Python/));

  it("name Maven when it is missing, and what to do", () =>
    assert.rejects(
      provideKafka({ command: "java", env: {} }, context()),
      /`mvn -version` does not run.*install Maven/,
    ));

  it("fall back on a Java of their own, which needs pip, when there is none on PATH", () =>
    assert.rejects(provideJava(context()), /`python3 -m pip --version` does not run/));

  it("name the platform when Milvus is not published for it", () => {
    checkPlatform("linux", "x64");
    assert.throws(() => checkPlatform("darwin", "arm64"), /Linux x64 only.*this is darwin arm64/);
  });
});
