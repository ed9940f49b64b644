import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
const manifest = read("package.json") as Record<"dependencies" | "devDependencies", Record<string, string>>;
const { packages } = read("package-lock.json") as { packages: Record<string, Locked> };
const installed = Object.entries(packages).filter(([path]) => path !== "");

describe("what the package is built from", () => {
  it("is pinned exactly", () => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies };
    for (const [name, version] of Object.entries(all)) assert.match(version, /^\d+\.\d+\.\d+$/, name);
  });

  it("is locked with the hash of each archive, and names no registry of its own", () => {
    assert.ok(installed.length > 100);
    for (const [path, { resolved, integrity = "" }] of installed) {
      assert.match(integrity, /^sha512-/, path);
      assert.equal(resolved, undefined, path);
    }
  });

  it("needs no script of others when it is installed", () => {
    const scripted = installed.filter(
      ([, { hasInstallScript, dev }]) => hasInstallScript === true && dev !== true,
    );
    assert.deepEqual(
      scripted.map(([path]) => path),
      ["node_modules/protobufjs"], // it but warns of versions that do not fit together
    );
  });
});
