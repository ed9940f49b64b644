import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import { targetAddress } from "../../../src/model/target-address.js";

describe("targetAddress", () => {
  it("takes a uri with a token", () => {
    const { endpoint, token, tls, connectTimeoutMs } = targetAddress({
      uri: "http://h:1",
      token: "root:Milvus",
    });
    assert.deepEqual(
      { endpoint, token, tls, connectTimeoutMs },
      { endpoint: "h:1", token: "root:Milvus", tls: undefined, connectTimeoutMs: 10_000 },
    );
  });

  it("takes host and port, brackets an IPv6 address, and encrypts when asked", () => {
    assert.equal(targetAddress({ host: "h", port: 19530 }).endpoint, "h:19530");
    assert.equal(targetAddress({ host: "::1", port: 1 }).endpoint, "[::1]:1");
    assert.equal(targetAddress({ host: "h", port: 1, enableTls: false }).tls, undefined);
    assert.notEqual(targetAddress({ host: "h", port: 1, enableTls: true }).tls, undefined);
    assert.notEqual(targetAddress({ uri: "https://h" }).tls, undefined);
  });

  it("uses the authority that is given, or the server's own certificate as one", () => {
    const tls = (dialConfig: object): unknown => targetAddress({ uri: "https://h", dialConfig }).tls?.caPath;
    assert.equal(tls({ caPemPath: "ca", serverPemPath: "server" }), "ca");
    assert.equal(tls({ serverPemPath: "server" }), "server");
  });

  it("prefers a token to the uri's userinfo, and takes the default for a time-out of 0", () => {
    const { token, connectTimeoutMs } = targetAddress({
      uri: "http://u:p@h",
      token: "t",
      connectTimeoutSeconds: 0,
    });
    assert.deepEqual({ token, connectTimeoutMs }, { token: "t", connectTimeoutMs: 10_000 });
    assert.equal(targetAddress({ uri: "http://u:p@h" }).token, "u:p");
    assert.equal(targetAddress({ uri: "h", connectTimeoutSeconds: 3 }).connectTimeoutMs, 3_000);
  });

  it("names the field of a uri that is none", () => {
    assert.throws(
      () => targetAddress({ uri: "ftp://h" }),
      (error) => error instanceof CdcError && error.field === "milvus_connect_param.uri",
    );
  });
});
