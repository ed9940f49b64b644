import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readConfig } from "../../../src/config/read-config.js";
import { MilvusRpc } from "../../../src/milvus/milvus-rpc.js";
import { SdkClients } from "../../../src/milvus/sdk-clients.js";
import { TargetGuard } from "../../../src/milvus/target-guard.js";
import { CdcError } from "../../../src/model/errors.js";
import type { ConnectParam } from "../../../src/model/task.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { faultLines } from "../config/fault-lines.js";

function guardOf(targets: object = {}): TargetGuard {
  return new TargetGuard(readConfig({ targets }, {}).targets);
}

function faultOf(guard: TargetGuard, param: ConnectParam): string {
  try {
    guard.addressOf(param);
    return "";
  } catch (error) {
    assert.ok(error instanceof CdcError && error.code === "INVALID_ARGUMENT");
    return `${error.field ?? ""} ${error.message}`;
  }
}

/** What a client is told that connects there. */
async function told(guard: TargetGuard, uri: string): Promise<string> {
  const rpc = new MilvusRpc("target", guard.addressOf({ uri, connectTimeoutSeconds: 1 }));
  try {
    await rpc.getVersion(AbortSignal.timeout(5_000));
    return "connected";
  } catch (error) {
    return CdcError.from(error).message;
  } finally {
    rpc.close();
  }
}

describe("TargetGuard", () => {
  const newPath = temporaryFolder();

  it("takes any target without a list, but for where no Milvus is", () => {
    const guard = guardOf();
    for (const uri of [
      "http://10.1.2.3",
      "milvus.example:19530",
      "http://[2001:db8::1]:19530",
      "127.0.0.1:1",
    ])
      assert.equal(faultOf(guard, { uri }), "", uri);
    for (const uri of [
      "http://169.254.169.254:80",
      "https://169.254.169.254",
      "http://169.254.1.1:19530",
      "http://[fd00:ec2::254]:80",
      "http://[fe80::1]:80",
      "http://[::ffff:169.254.169.254]:80",
      "http://[::ffff:a9fe:a9fe]:80",
      "http://[64:ff9b::169.254.169.254]:80",
      "http://100.100.100.200:80",
    ])
      assert.match(faultOf(guard, { uri }), /^milvus_connect_param.uri .* is not allowed as a target/, uri);
    assert.match(faultOf(guard, { host: "169.254.169.254", port: 80 }), /^milvus_connect_param.host /);
  });

  it("takes what the list names: names, all below a name, networks, each with a port or without", () => {
    const guard = guardOf({
      allow: [
        "one.example",
        "*.Milvus.example:19530",
        "10.0.0.0/8",
        "192.168.1.1:19531",
        "fd12::/16",
        "[fd13::1]:7",
      ],
    });
    for (const uri of [
      "one.example:1",
      "ONE.example.:1",
      "a.milvus.example",
      "b.a.milvus.example:19530",
      "10.255.0.1:9",
      "192.168.1.1:19531",
      "[fd12::7]:19530",
      "[fd13::1]:7",
    ])
      assert.equal(faultOf(guard, { uri }), "", uri);
    for (const uri of [
      "192.168.1.1:19530",
      "192.168.1.2:19531",
      "11.0.0.1:19530",
      "[fd13::1]:8",
      "[fd14::1]:7",
      "[::ffff:11.0.0.1]:1",
    ])
      assert.match(faultOf(guard, { uri }), /is not allowed as a target/, uri);
    const names = guardOf({ allow: ["*.milvus.example:19530"] });
    for (const uri of [
      "milvus.example",
      "evilmilvus.example",
      "a.milvus.example:1",
      "a.milvus.example.evil",
      "10.0.0.1",
    ])
      assert.match(faultOf(names, { uri }), /is not allowed as a target/, uri);
  });

  it("looks where a name leads to when it is connected, also by the SDK and in other ways to write an address", async () => {
    assert.match(
      await told(guardOf({ allow: ["10.0.0.0/8"] }), "localhost:1"),
      /leads to .*, where no target is/,
    );
    assert.match(
      await told(guardOf({ allow: ["127.0.0.0/8", "::1"] }), "localhost:1"),
      /ECONNREFUSED|No connection/,
    );
    for (const uri of ["2852039166:80", "0xa9fea9fe:80", "0251.0376.0251.0376:80", "169.254.43518:80"])
      assert.match(await told(guardOf(), uri), /leads to 169.254.169.254, where no target is/, uri);
    const address = guardOf({ allow: ["10.0.0.0/8"] }).addressOf({
      uri: "localhost:1",
      connectTimeoutSeconds: 1,
    });
    const lease = new SdkClients().lease(address);
    await assert.rejects(lease.connected(), /leads to .*, where no target is/);
    await lease.close();
  });

  it("reads files of the named folder alone, and tells of no others whether they are there", () => {
    const inside = newPath("ca.pem");
    const folder = dirname(inside);
    mkdirSync(folder);
    writeFileSync(inside, "pem");
    const outside = newPath("key.pem");
    mkdirSync(dirname(outside));
    writeFileSync(outside, "pem");
    symlinkSync(outside, join(folder, "link.pem"));
    symlinkSync(folder, `${folder}-link`);
    const guard = guardOf({ tls_folder: folder });
    const of = (path: string): ConnectParam => ({ uri: "https://h:1", dialConfig: { caPemPath: path } });
    assert.equal(guard.addressOf(of(inside)).tls?.caPath, inside);
    assert.equal(guard.addressOf(of(`${folder}-link/ca.pem`)).tls?.caPath, inside);
    const texts = [
      outside,
      join(folder, "link.pem"),
      `${folder}/../${outside.split("/").at(-2) ?? ""}/key.pem`,
      "/does/not/exist",
      `${inside}\0`,
      folder,
      "/etc/passwd",
      "/proc/self/environ",
    ].map((path) => faultOf(guard, of(path)));
    assert.deepEqual(
      [...new Set(texts)],
      ["milvus_connect_param.dial_config names a file that is not in the folder targets.tls_folder"],
    );
    assert.match(faultOf(guardOf(), of(inside)), /none are read unless the operator names their folder/);
  });
});

describe("readConfig and targets", () => {
  it("names what is no target", () => {
    const allow = ["10.0.0.0/33", "a b", "*.*.example", "*", "h:0", "h:70000", "10.0.0", "http://h:1"];
    const lines = faultLines(() => readConfig({ targets: { allow, tls_folder: "/no/such" } }, {}));
    assert.equal(lines.filter((line) => /^targets.allow: .* is no target/.test(line)).length, allow.length);
    assert.match(
      lines.at(-1) ?? "",
      /^targets.tls_folder: "\/no\/such" given, expected the path of a folder/,
    );
  });
});
