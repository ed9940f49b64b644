import assert from "node:assert/strict";
import { documentedPath } from "../../../src/server/db-collections-json.js";
import { plainGrpcMessage } from "../../../src/server/grpc-message.js";
import { uriWithoutUserinfo, withoutUserinfo } from "../../../src/server/userinfo.js";

describe("withoutUserinfo", () => {
  const cases: readonly [text: string, shown: string][] = [
    ["http://u:p@h:1 refuses", "http://h:1 refuses"],
    ["tcp://token@h", "tcp://h"],
    ["https://u:p@ss@h/x and http://a:b@c", "https://h/x and http://c"],
    ["mail me@home about http://h:1", "mail me@home about http://h:1"],
    ["http://h:1/a@b", "http://h:1/a@b"],
  ];
  for (const [text, shown] of cases) {
    it(`makes "${shown}" of "${text}"`, () => assert.equal(withoutUserinfo(text), shown));
  }
});

describe("uriWithoutUserinfo", () => {
  const cases: readonly [uri: string, shown: string][] = [
    ["http://u:p@h:1", "http://h:1"],
    ["u:p@h:1", "h:1"],
    ["HTTPS://u:p@ss/w@h:1", "HTTPS://h:1"],
    ["h:1", "h:1"],
  ];
  for (const [uri, shown] of cases) {
    it(`makes "${shown}" of "${uri}"`, () => assert.equal(uriWithoutUserinfo(uri), shown));
  }
});

describe("plainGrpcMessage", () => {
  const plain = (text: string): string | null =>
    plainGrpcMessage(new Headers({ "grpc-message": encodeURIComponent(text) })).get("grpc-message");

  it("leaves printable ASCII as it is", () => {
    assert.equal(plain("a: b, [c] / ? & = + $ # ; @ \"'"), "a: b, [c] / ? & = + $ # ; @ \"'");
  });

  it("encodes percent signs, control characters and what is not ASCII, as the protocol says", () => {
    assert.equal(plain("100% ü\n\x7f"), "100%25 %C3%BC%0A%7F");
    assert.equal(plain("%41"), "%2541");
  });

  it("leaves trailers without a message alone", () => {
    const trailer = new Headers({ "grpc-status": "0" });
    assert.equal(plainGrpcMessage(trailer), trailer);
  });
});

describe("documentedPath", () => {
  it("leaves out what the documented JSON does not have", () => {
    assert.equal(
      documentedPath(String.raw`db_collections["a\"b"].collection_infos[0].name: x; collection_infos[1]: y`),
      String.raw`db_collections["a\"b"][0].name: x; collection_infos[1]: y`,
    );
  });
});
