import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readConfig } from "../../../src/config/read-config.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { faultLines } from "./fault-lines.js";

const HASH = "a1".repeat(32);
const token = { name: "a", role: "admin", sha256: HASH };

describe("readConfig and auth", () => {
  const newPath = temporaryFolder();
  const written = (content: string): string => {
    const path = newPath();
    mkdirSync(dirname(path));
    writeFileSync(path, `${content}\n`);
    return path;
  };

  it("knows tokens by their hash, or by the file that holds them", () => {
    const path = written("t".repeat(40));
    const tokens = [token, { name: "b", role: "reader", token_file: path }];
    const { auth } = readConfig({ listen: { host: "0.0.0.0" }, auth: { tokens } }, {});
    assert.deepEqual(auth?.tokens, [
      token,
      { name: "b", role: "reader", sha256: createHash("sha256").update("t".repeat(40)).digest("hex") },
    ]);
    assert.equal(auth.allowAnonymous, false);
  });

  it("refuses to be reached from elsewhere while nobody is asked who they are, and says what to do", () => {
    for (const host of ["0.0.0.0", "::", "10.0.0.1", "cdc.example", "127.evil.example"]) {
      const [line = ""] = faultLines(() => readConfig({ listen: { host } }, {}));
      assert.match(line, /^listen.host: .* give auth.tokens, or auth.allow_anonymous: true/, host);
    }
    for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"]) readConfig({ listen: { host } }, {});
    readConfig({ listen: { host: "0.0.0.0" } }, { MILVUS_CDC_AUTH_ALLOW_ANONYMOUS: "true" });
  });

  it("names what is wrong in a list, without showing what may be a token", () => {
    const path = written("short");
    const tokens = [
      { name: "a", role: "god", sha256: "planted-secret" },
      { name: "a", role: "reader", token_file: path },
      { name: "c", role: "reader" },
    ];
    const lines = faultLines(() => readConfig({ auth: { tokens, certificates: [token] } }, {}));
    const text = lines.join("\n");
    assert.match(text, /auth.tokens.0.role: "god" given, expected one of reader, operator, admin/);
    assert.match(text, /auth.tokens.0.sha256: a value that is not shown given/);
    assert.match(text, /auth.tokens.1.token_file: a token of less than 32 letters/);
    assert.match(text, /auth.tokens.2.sha256: expected one of/);
    assert.match(text, /auth.tokens: two are named a/);
    assert.match(text, /auth.certificates.0.subject: missing/);
    assert.match(text, /auth.certificates: given without listen.tls.ca_path/);
    assert.doesNotMatch(text, /planted/);
  });

  it("takes no section that lets nobody in, and none that lets everybody in beside tokens", () => {
    assert.match(faultLines(() => readConfig({ auth: {} }, {})).join(), /auth.tokens: missing/);
    const both = { auth: { tokens: [token], allow_anonymous: true } };
    assert.match(faultLines(() => readConfig(both, {})).join(), /auth.allow_anonymous: given beside/);
  });
});
