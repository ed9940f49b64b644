import assert from "node:assert/strict";
import { copyFileSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { startKafka, type KafkaServer } from "../../src/sandbox/kafka.js";
import { startMilvus, type MilvusServer } from "../../src/sandbox/milvus.js";
import { TestCollection, readIds } from "../support/e2e-collection.js";
import { check } from "../support/e2e-load.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { eventually } from "../support/eventually.js";
import { CertificateAuthority, type KeyPair } from "../support/kafka-certificates.js";
import { onFailure } from "../support/on-failure.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const ROOT = "root:Milvus";

/** A source that shows its certificate, a target that also asks for one, both with passwords. */
describe("servers that ask who one is", function () {
  this.timeout(300_000);
  const newPath = temporaryFolder();
  const opened: AsyncDisposable[] = [];
  const open = <T extends AsyncDisposable>(one: T): T => {
    opened.push(one);
    return one;
  };
  let authority: CertificateAuthority;
  let own: KeyPair;
  let kafka: KafkaServer;
  let source: MilvusServer;
  let target: MilvusServer;
  let service: ServiceProcess;
  let folder: string;
  let taskId: string;

  before(async function () {
    this.timeout(600_000);
    authority = open(await CertificateAuthority.create());
    own = await authority.issue("milvus-cdc");
    const [shown, strict] = [await authority.issue("source"), await authority.issue("target")];
    kafka = open(await startKafka());
    [source, target] = await Promise.all([
      startMilvus({ name: "source", kafka, hasAuthorization: true, tls: shown }),
      startMilvus({ name: "target", hasAuthorization: true, tls: { ...strict, caPath: authority.caPath } }),
    ]);
    open(source);
    open(target);
    folder = newPath();
    mkdirSync(folder, { recursive: true });
    for (const path of [authority.caPath, own.certPath, own.keyPath]) copyFileSync(path, inFolder(path));
    const milvus = { uri: source.uri, token: ROOT, tls: { ca_path: authority.caPath } };
    const sources = { default: { milvus, kafka: { brokers: kafka.brokers } } };
    const config = { sources, targets: { tls_folder: folder, allow: ["127.0.0.0/8"] } };
    service = open(await ServiceProcess.start({ sourceUri: source.uri, brokers: kafka.brokers }, { config }));
  });
  after(async () => {
    for (const one of opened.reverse()) await one[Symbol.asyncDispose]();
  });
  onFailure(() => service.lastLines);

  const inFolder = (path: string): string => join(folder, basename(path));
  const clientOf = ({ uri }: MilvusServer): MilvusClient =>
    new MilvusClient({
      address: uri.replace("https://", ""),
      ssl: true,
      username: "root",
      password: "Milvus",
      tls: { rootCertPath: authority.caPath, certChainPath: own.certPath, privateKeyPath: own.keyPath },
      telemetry: { enabled: false },
    });
  const dialConfig = (pair: KeyPair | "none" = own, caPath = authority.caPath) => ({
    ca_pem_path: inFolder(caPath),
    ...(pair !== "none" && {
      client_pem_path: inFolder(pair.certPath),
      client_key_path: inFolder(pair.keyPath),
    }),
  });
  const refusalOf = async (param: object): Promise<string> => {
    const milvus_connect_param = {
      uri: target.uri,
      token: ROOT,
      dial_config: dialConfig(),
      connect_timeout: 5,
      ...param,
    };
    const request = { milvus_connect_param, collection_infos: [{ name: "*" }] };
    const { status, body } = await service.cdc("create", request);
    assert.equal(status, 400, JSON.stringify(body));
    return body.message ?? "";
  };

  it("replicates between them, over TLS, a certificate of its own and passwords", async () => {
    const [from, to] = [clientOf(source), clientOf(target)];
    after(() => Promise.all([from.closeConnection(), to.closeConnection()]));
    const collection = new TestCollection(from, "secured");
    await collection.createLoaded();
    await collection.insert(1, 10);
    const { body } = await service.cdc("create", {
      milvus_connect_param: {
        uri: target.uri,
        username: "root",
        password: "Milvus",
        dial_config: dialConfig(),
      },
      collection_infos: [{ name: "*" }],
    });
    taskId = String(body.data?.["task_id"]);
    assert.match(taskId, /^[0-9a-f]{32}$/, JSON.stringify(body));
    await collection.insert(11, 20);
    await eventually(async () => assert.equal((await readIds(to, collection.names)).length, 20));
  });

  it("says what is wrong with credentials and certificates, and makes no task", async () => {
    await using other = await CertificateAuthority.create();
    const stranger = await other.issue("stranger");
    const expired = await authority.issueExpired("expired");
    for (const path of [stranger.certPath, stranger.keyPath, expired.certPath, expired.keyPath])
      copyFileSync(path, inFolder(path));
    copyFileSync(other.caPath, inFolder("other-ca.pem"));
    assert.match(
      await refusalOf({ token: "root:planted-wrong" }),
      /^(?!.*planted).*(?:auth|credential|password)/i,
    );
    assert.match(await refusalOf({ token: undefined }), /auth|credential|password/i);
    assert.match(await refusalOf({ dial_config: dialConfig(own, "other-ca.pem") }), /certificate/);
    const refused = /refuses the client's certificate|asks for a client's certificate/;
    assert.match(await refusalOf({ dial_config: dialConfig("none") }), refused);
    assert.match(await refusalOf({ dial_config: dialConfig(stranger) }), refused);
    assert.match(await refusalOf({ dial_config: dialConfig(expired) }), refused);
    const plain = { uri: target.uri.replace("https", "http"), dial_config: undefined };
    assert.match(await refusalOf(plain), /TLS|tls|ssl|closed|ECONNRESET|connection/i);
    const named = { ...dialConfig(), server_name: "another.example" };
    assert.match(await refusalOf({ dial_config: named }), /another.example|certificate/);
    assert.equal(((await service.cdc("list")).body.data?.["tasks"] as unknown[]).length, 1);
  });

  it("says that a target's certificate has expired", async () => {
    await using stale = await startMilvus({
      name: "target",
      kafka,
      channelPrefix: "stale",
      tls: await authority.issueExpired("stale"),
    });
    const message = await refusalOf({ uri: stale.uri, token: undefined });
    assert.match(message, /its certificate has expired/);
  });

  it("fails a task whose password is not valid any more, with what to do", async () => {
    const admin = clientOf(target);
    check(await admin.updateUser({ username: "root", oldPassword: "Milvus", newPassword: "Another1" }));
    await admin.closeConnection();
    await service.end("SIGTERM");
    await service.launch();
    await eventually(async () => {
      const task = await service.task(taskId);
      assert.equal(task.state, "Failed");
      assert.match(task.reason ?? "", /TARGET_UNAUTHENTICATED/);
    }, 120_000);
  });
});
