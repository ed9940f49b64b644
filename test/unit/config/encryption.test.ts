import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readConfig } from "../../../src/config/read-config.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { faultLines } from "./fault-lines.js";

const HEX = "0a".repeat(32);
const BASE64 = Buffer.from(HEX, "hex").toString("base64");

describe("readConfig and metastore.encryption", () => {
  const newPath = temporaryFolder();
  const written = (content: string): string => {
    const path = newPath();
    mkdirSync(dirname(path));
    writeFileSync(path, `${content}\n`);
    return path;
  };
  const read = (encryption: object, variables = {}) =>
    readConfig({ metastore: { encryption } }, variables).metastore.encryption;

  it("takes keys from files and from the environment, as hex digits or base64", () => {
    const files = [written(BASE64), written("ff".repeat(32))];
    assert.deepEqual(read({ key_file: written(HEX), previous_key_files: files }), {
      key: HEX,
      previousKeys: [HEX, "ff".repeat(32)],
    });
    const variables = {
      MILVUS_CDC_METASTORE_ENCRYPTION_KEY: BASE64,
      MILVUS_CDC_METASTORE_ENCRYPTION_PREVIOUS_KEY_FILES: files.join(", "),
    };
    assert.deepEqual(read({}, variables), { key: HEX, previousKeys: [HEX, "ff".repeat(32)] });
  });

  it("refuses what is no key, without showing it", () => {
    const faults = (encryption: object) => faultLines(() => read(encryption)).join("\n");
    assert.match(faults({}), /metastore.encryption.key_file: missing/);
    const planted = faults({ key: "planted", previous_key_files: [written("planted")] });
    assert.match(planted, /metastore.encryption.key: no key, expected 32 bytes as 64 hex digits/);
    assert.match(planted, /metastore.encryption.previous_key_files: one holds no key/);
    assert.doesNotMatch(planted, /planted/);
  });
});
