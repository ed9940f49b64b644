import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import { parseMilvusUri } from "../../../src/model/milvus-uri.js";

function faultOf(uri: string): CdcError {
  try {
    parseMilvusUri(uri);
  } catch (error) {
    assert(error instanceof CdcError);
    return error;
  }
  assert.fail(`${uri} was accepted`);
}

describe("parseMilvusUri", () => {
  const accepted: readonly (readonly [string, string, boolean])[] = [
    ["http://milvus:19531", "milvus:19531", false],
    ["https://milvus:19531", "milvus:19531", true],
    ["tcp://milvus:19531", "milvus:19531", false],
    ["milvus:19531", "milvus:19531", false],
    ["milvus", "milvus:19530", false],
    ["HTTPS://milvus.example.com/", "milvus.example.com:19530", true],
    ["http://milvus:80", "milvus:80", false],
    ["https://milvus:443", "milvus:443", true],
    ["https://milvus", "milvus:19530", true],
    ["  http://10.0.0.1:19530\n", "10.0.0.1:19530", false],
    ["http://[::1]:19531", "[::1]:19531", false],
    ["[2001:db8::1]", "[2001:db8::1]:19530", false],
  ];
  for (const [uri, endpoint, useTls] of accepted) {
    it(`reads ${JSON.stringify(uri)} as ${endpoint}${useTls ? " with TLS" : ""}`, () => {
      assert.deepEqual(parseMilvusUri(uri), { endpoint, useTls, token: undefined });
    });
  }

  it("takes user and password from the userinfo, decoded, as token", () => {
    assert.deepEqual(parseMilvusUri("https://root:Mil%40vus%3A%2f@milvus:19531"), {
      endpoint: "milvus:19531",
      useTls: true,
      token: "root:Mil@vus:/",
    });
  });

  it("takes a userinfo without a password as an API key", () => {
    assert.equal(parseMilvusUri("https://db_key@milvus").token, "db_key");
  });

  const refused = [
    "",
    "http://",
    ":19530",
    "http://:19530",
    "ftp://milvus:19530",
    "milvus:port",
    "milvus:65536",
    "milvus:0",
    "::1",
    "http://[::1",
    "mil vus:19530",
    "http://milvus:19530/database",
    "http://milvus:19530?x=1",
    "http://milvus:19530#x",
  ];
  for (const uri of refused) {
    it(`refuses ${JSON.stringify(uri)} and shows it`, () => {
      const fault = faultOf(uri);
      assert.equal(fault.code, "INVALID_ARGUMENT");
      assert(fault.message.includes(`"${uri}"`), fault.message);
    });
  }

  for (const uri of ["http://root:hunter2@milvus:0", "root:hunter2/@milvus", "http://root:hunter2%@milvus"]) {
    it(`never shows a password when it refuses ${uri}`, () => {
      const fault = faultOf(uri);
      assert(!`${fault.stack ?? ""}${String(fault.cause)}`.includes("hunter2"), fault.message);
    });
  }
});
