import type { EncryptionConfig } from "./config.js";
import { secretFiles } from "./kinds.js";
import type { Section } from "./section.js";

/** `metastore.encryption` */
export function readEncryption(section: Section): EncryptionConfig {
  const key = section.secret("key");
  const previous = section.optional("previous_key_files", secretFiles) ?? [];
  if (key === undefined) section.fault("key_file", "missing, expected the path of a file with a key, or key");
  const given = key === undefined ? undefined : keyHex(key);
  if (key !== undefined && key !== "" && given === undefined)
    section.fault("key", `no key, expected ${FORM}`);
  const previousKeys = previous.map(keyHex);
  if (previousKeys.includes(undefined))
    section.fault("previous_key_files", `one holds no key, expected ${FORM}`);
  return { key: given ?? "", previousKeys: previousKeys.filter((one) => one !== undefined) };
}

const FORM = "32 bytes as 64 hex digits or as base64, as `openssl rand -hex 32` makes them";

function keyHex(text: string): string | undefined {
  const trimmed = text.trim();
  if (/^[\da-f]{64}$/i.test(trimmed)) return trimmed.toLowerCase();
  const isBase64 = /^[\w+/-]{43}=?$/.test(trimmed);
  return isBase64 ? Buffer.from(trimmed, "base64").toString("hex") : undefined;
}
