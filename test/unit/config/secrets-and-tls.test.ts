import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readConfig } from "../../../src/config/read-config.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { faultLines } from "./fault-lines.js";

const SECRET = "hunter2";

const withMilvus = (milvus: object) => ({
  sources: { s: { milvus: { uri: "x", ...milvus }, kafka: { brokers: ["x:1"] } } },
});
const withKafka = (kafka: object) => ({
  sources: { s: { milvus: { uri: "x" }, kafka: { brokers: ["x:1"], ...kafka } } },
});
const milvus = (content: object) => readConfig(withMilvus(content), {}).sources.s?.milvus;
const kafka = (content: object, variables = {}) => readConfig(withKafka(content), variables).sources.s?.kafka;
const milvusFaults = (content: object) => faultLines(() => milvus(content));
const kafkaFaults = (content: object) => faultLines(() => kafka(content));
const noTls = { serverName: undefined, caPath: undefined, certPath: undefined, keyPath: undefined };

describe("readConfig and secrets", () => {
  const newPath = temporaryFolder();
  const fileOf = (content: string): string => {
    const path = newPath();
    mkdirSync(dirname(path));
    writeFileSync(path, content);
    return path;
  };

  it("takes a token, a user with a password, or the credentials of the uri", () => {
    assert.equal(milvus({ token: SECRET })?.token, SECRET);
    const { username, password } = milvus({ username: "root", password: SECRET }) ?? {};
    assert.deepEqual([username, password], ["root", SECRET]);
    assert.equal(milvus({ uri: `https://root:${SECRET}@x` })?.token, `root:${SECRET}`);
  });

  it("takes secrets from files, without the line break at their end", () => {
    assert.equal(milvus({ token_file: fileOf(`${SECRET}\n`) })?.token, SECRET);
    assert.equal(
      milvus({ username: "root", password_file: fileOf(` ${SECRET}\r\n`) })?.password,
      ` ${SECRET}`,
    );
    const sasl = { mechanism: "plain", username: "u", password_file: fileOf(SECRET) };
    assert.equal(kafka({ sasl })?.sasl?.password, SECRET);
  });

  it("refuses a file without a secret", () => {
    const expected = "expected the path of a readable file with text in it";
    assert.deepEqual(milvusFaults({ token_file: "/no/file" }), [
      `sources.s.milvus.token_file: "/no/file" given, ${expected}`,
    ]);
    const empty = fileOf("\n");
    assert.deepEqual(milvusFaults({ token_file: empty }), [
      `sources.s.milvus.token_file: "${empty}" given, ${expected}`,
    ]);
  });

  it("refuses a secret beside its file, half of a pair, and credentials given twice", () => {
    const twice =
      "sources.s.milvus.token: given twice, expected one of token, username and password, credentials in uri";
    assert.deepEqual(milvusFaults({ token: SECRET, token_file: fileOf(SECRET) }), [
      "sources.s.milvus.token: given beside token_file, expected one of them",
    ]);
    assert.deepEqual(milvusFaults({ username: "root" }), [
      "sources.s.milvus.password: missing beside username",
    ]);
    assert.deepEqual(milvusFaults({ password: SECRET }), [
      "sources.s.milvus.username: missing beside password",
    ]);
    assert.deepEqual(milvusFaults({ token: SECRET, username: "root", password: SECRET }), [twice]);
    assert.deepEqual(milvusFaults({ token: SECRET, uri: `root:${SECRET}@x` }), [twice]);
    assert.deepEqual(kafkaFaults({ sasl: { mechanism: "plain", username: "u" } }), [
      "sources.s.kafka.sasl.password: missing, expected text, or password_file",
    ]);
  });

  const leaks: readonly (readonly [string, () => unknown])[] = [
    ["a token of a wrong type", () => milvus({ token: [SECRET] })],
    ["a password that is a number", () => milvus({ username: "u", password: 123_456 })],
    ["a wrong uri with credentials", () => milvus({ uri: `ftp://root:${SECRET}@x` })],
    ["credentials as brokers", () => kafka({ brokers: `u:${SECRET}@x:1` })],
    ["credentials as a section", () => kafka({ sasl: `u:${SECRET}` })],
    ["credentials under an unknown key", () => milvus({ passwort: SECRET })],
  ];
  for (const [what, load] of leaks) {
    it(`does not show ${what}`, () => {
      const lines = faultLines(load).join("\n");
      assert(!lines.includes(SECRET) && !lines.includes("123456"), lines);
    });
  }
});

describe("readConfig and TLS", () => {
  const pem = import.meta.filename; // any readable file

  it("is off unless asked for; true leaves everything to defaults", () => {
    assert.equal(kafka({})?.tls, undefined);
    assert.equal(kafka({ tls: false })?.tls, undefined);
    assert.deepEqual(kafka({ tls: true })?.tls, noTls);
    assert.deepEqual(kafka({ tls: {} })?.tls, noTls);
    assert.deepEqual(kafka({ tls: { ca_path: pem, server_name: "k" } })?.tls, {
      ...noTls,
      caPath: pem,
      serverName: "k",
    });
  });

  it("is switched by a variable over the file", () => {
    assert.deepEqual(kafka({}, { MILVUS_CDC_SOURCES_S_KAFKA_TLS: "true" })?.tls, noTls);
    assert.equal(kafka({ tls: true }, { MILVUS_CDC_SOURCES_S_KAFKA_TLS: "false" })?.tls, undefined);
    const name = { MILVUS_CDC_SOURCES_S_KAFKA_TLS_SERVER_NAME: "k" };
    assert.equal(kafka({ tls: true }, name)?.tls?.serverName, "k");
  });

  it("refuses other words, unreadable files and half of a certificate's pair", () => {
    assert.deepEqual(kafkaFaults({ tls: "yes" }), [
      "sources.s.kafka.tls: a string given, expected keys and values",
    ]);
    assert.deepEqual(kafkaFaults({ tls: { ca_path: "/no/file", cert_path: pem } }), [
      "sources.s.kafka.tls.key_path: missing beside cert_path",
      'sources.s.kafka.tls.ca_path: "/no/file" given, expected the path of a readable file',
    ]);
    assert.deepEqual(kafkaFaults({ tls: { key_path: pem } }), [
      "sources.s.kafka.tls.cert_path: missing beside key_path",
    ]);
  });

  it("is used to reach a Milvus by https, or when files for it are named", () => {
    assert.equal(milvus({ uri: "http://x" })?.tls, undefined);
    assert.deepEqual(milvus({ uri: "https://x" })?.tls, {});
    assert.deepEqual(milvus({ uri: "x", tls: { ca_path: pem } })?.tls, { ...noTls, caPath: pem });
  });

  it("needs a certificate and a key to listen with", () => {
    const tls = { cert_path: pem, key_path: pem };
    assert.deepEqual(readConfig({ listen: { tls } }, {}).listen.tls, {
      certPath: pem,
      keyPath: pem,
      caPath: undefined,
    });
    assert.deepEqual(
      faultLines(() => readConfig({ listen: { tls: { cert_path: pem } } }, {})),
      ["listen.tls.key_path: missing, expected the path of a readable file"],
    );
  });
});
