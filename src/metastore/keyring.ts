import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { CdcError } from "../model/errors.js";

const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORM = /^sealed\.v1\.([\da-f]{16})\.([\w-]+)$/;

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

/**
 * Seals what nobody who reads the metastore's file may see, with AES-256-GCM. A sealed text is bound to where it stands: of
 * another task, or in another field, it does not open.
 *
 * The nonce is random: with the few texts that tasks have, two that are equal are out of the question.
 */
export class Keyring {
  readonly #current: Key | undefined;
  readonly #all: ReadonlyMap<string, Key>;

  /**
   * @param current - 64 hex digits; undefined where nothing is encrypted
   * @param previous - what was current before; opens what it sealed, and seals nothing
   */
  constructor(current: string | undefined, previous: readonly string[]) {
    this.#current = current === undefined ? undefined : keyOf(current);
    const keys = [...previous.map(keyOf), ...(this.#current === undefined ? [] : [this.#current])];
    this.#all = new Map(keys.map((key) => [key.id, key]));
  }

  /** Whether there is a key to seal with. */
  get isSealing(): boolean {
    return this.#current !== undefined;
  }

  /** Whether a text was sealed with the current key. */
  isCurrent(text: string): boolean {
    return this.#current !== undefined && FORM.exec(text)?.[1] === this.#current.id;
  }

  /** @param place - what the text is bound to */
  seal(text: string, place: string): string {
    if (this.#current === undefined) return text;
    const { id, bytes } = this.#current;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, bytes, nonce).setAAD(boundTo(id, place));
    const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `sealed.v1.${id}.${sealed.toString("base64url")}`;
  }

  /** @throws CdcError METASTORE_KEY_WRONG */
  open(text: string, place: string): string {
    const [, id = "", body = ""] = FORM.exec(text) ?? [];
    const key = this.#all.get(id);
    if (key === undefined) throw unknownKey(id, this.#all.size);
    const sealed = Buffer.from(body, "base64url");
    try {
      const decipher = createDecipheriv(ALGORITHM, key.bytes, sealed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(boundTo(id, place)).setAuthTag(sealed.subarray(-TAG_BYTES));
      const opened = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([opened, decipher.final()]).toString("utf8");
    } catch {
      const fault = `what the metastore holds as ${place} was changed, or is of another task`;
      throw new CdcError("METASTORE_KEY_WRONG", fault);
    }
  }
}

function keyOf(hex: string): Key {
  const bytes = Buffer.from(hex, "hex");
  return { id: createHmac("sha256", bytes).update("milvus-cdc key id").digest("hex").slice(0, 16), bytes };
}

function boundTo(keyId: string, place: string): Buffer {
  return Buffer.from(`milvus-cdc\0v1\0${keyId}\0${place}`);
}

function unknownKey(id: string, known: number): CdcError {
  const fault =
    known === 0
      ? "the metastore holds encrypted credentials, and no key is configured"
      : `the metastore holds credentials that none of the configured keys has encrypted (key ${id})`;
  return new CdcError("METASTORE_KEY_WRONG", fault);
}
