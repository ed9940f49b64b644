import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { DataType, MilvusClient } from "@zilliz/milvus2-sdk-node";
import { Kafka, logLevel } from "kafkajs";
import type { Server } from "../../../src/sandbox/server.js";
import { startKafka } from "../../../src/sandbox/kafka.js";
import { pickFreePorts } from "../../../src/sandbox/free-ports.js";
import { startMilvus } from "../../../src/sandbox/milvus.js";
import { ServerStartError } from "../../../src/sandbox/sandbox-error.js";
import { startSandbox, type Sandbox } from "../../../src/sandbox/sandbox.js";
import { eventually } from "../../support/eventually.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { revive } from "../../support/revive.js";
import { areGone, childrenOf, isAlive, isFolderGone } from "./processes.js";

/** Runs a TypeScript program of ours in a Node process of its own. */
function runProgram(
  file: URL,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): ChildProcess & { readonly lines: AsyncIterator<string> } {
  const child = spawn(process.execPath, ["--import", "tsx", fileURLToPath(file), ...args], {
    stdio: ["pipe", "pipe", "ignore"],
    env,
  });
  return Object.assign(child, { lines: createInterface(child.stdout)[Symbol.asyncIterator]() });
}

async function readLines(lines: AsyncIterator<string>, count: number): Promise<readonly string[]> {
  const read: string[] = [];
  while (read.length < count) {
    const next = await lines.next();
    if (next.done === true) throw new Error(`the program ended after ${read.length} of ${count} lines`);
    read.push(next.value);
  }
  return read;
}

async function topicsOf(brokers: readonly string[]): Promise<readonly string[]> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}

async function withMilvus<T>(uri: string, use: (client: MilvusClient) => Promise<T>): Promise<T> {
  const client = new MilvusClient({ address: uri });
  try {
    return await use(client);
  } finally {
    await client.closeConnection();
  }
}

async function createCollection(uri: string): Promise<void> {
  const fields = [
    { name: "id", data_type: DataType.Int64, is_primary_key: true },
    { name: "v", data_type: DataType.FloatVector, dim: 4 },
  ];
  const status = await withMilvus(uri, (client) => client.createCollection({ collection_name: "c", fields }));
  assert.equal(status.error_code, "Success", status.reason);
}

async function collectionsOf(uri: string): Promise<readonly string[]> {
  const { data } = await withMilvus(uri, (client) => client.showCollections());
  return data.map(({ name }) => name);
}

async function accepts(address: string): Promise<boolean> {
  const { hostname, port } = new URL(address.includes("://") ? address : `tcp://${address}`);
  const socket = net.connect(Number(port), hostname);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe("sandbox", function () {
  this.timeout(300_000);
  let sandbox: Sandbox;
  let servers: readonly Server[];
  let other: ReturnType<typeof runProgram>;
  let otherAddresses: ReadonlyMap<string, string>;
  const newPath = temporaryFolder();

  /** Apart from those that a person may be running meanwhile. */
  function runSandboxCommand(command: string): ReturnType<typeof runProgram> {
    const env = { ...process.env, XDG_RUNTIME_DIR: dirname(dirname(newPath())) };
    return runProgram(new URL("../../../src/main.ts", import.meta.url), ["sandbox", command], env);
  }

  before(async () => {
    other = runSandboxCommand("up");
    const [started, lines] = await Promise.all([startSandbox(), readLines(other.lines, 4)]);
    sandbox = started;
    servers = [sandbox.kafka, sandbox.source, sandbox.target];
    otherAddresses = new Map(lines.map((line) => line.split("=", 2) as [string, string]));
  });
  after(async () => {
    other.kill("SIGKILL");
    await sandbox.stop();
  });

  it("answers on addresses of its own, side by side with one of another process", async () => {
    const addresses = [
      ...sandbox.kafka.brokers,
      sandbox.source.uri,
      sandbox.target.uri,
      ...["KAFKA_BROKERS", "SOURCE_URI", "TARGET_URI"].map((name) => otherAddresses.get(name) ?? ""),
    ];
    assert.equal(new Set(addresses).size, 6);
    assert.deepEqual(await Promise.all(addresses.map(accepts)), Array(6).fill(true));
  });

  it("has the source's log, and no other, on its Kafka", async () => {
    await createCollection(sandbox.source.uri);
    await createCollection(sandbox.target.uri);
    const topics = await topicsOf(sandbox.kafka.brokers);
    assert.ok(topics.includes("by-dev-rootcoord-dml_0"), topics.join());
    assert.ok(!topics.includes("by-dev-rootcoord-dml_1"), "the target's log is not on this Kafka");
    assert.deepEqual(await topicsOf([otherAddresses.get("KAFKA_BROKERS") ?? ""]), []);
  });

  it("takes messages of 10 MiB on its Kafka", async () => {
    const producer = new Kafka({
      brokers: [...sandbox.kafka.brokers],
      logLevel: logLevel.NOTHING,
    }).producer();
    await producer.connect();
    await producer.send({ topic: "large", messages: [{ value: Buffer.alloc(10 * 1024 * 1024, 1) }] });
    await producer.disconnect();
  });

  it("brings a killed server back with its address and data", async () => {
    const { target } = sandbox;
    const killedPid = target.pid;
    await target.kill("SIGKILL");
    assert.equal(target.isRunning, false);
    assert.equal(await accepts(target.uri), false);
    await revive(target);
    assert.notEqual(target.pid, killedPid);
    assert.deepEqual(await collectionsOf(target.uri), ["c"]);
  });

  it("leaves no process and no folder after stop, and stops twice", async () => {
    const pids = servers.map(({ pid }) => pid);
    assert.deepEqual(await Promise.all(pids.map(isAlive)), [true, true, true]);
    await Promise.all([sandbox.stop(), sandbox.stop()]);
    assert.ok(await areGone(pids));
    for (const server of servers) assert.ok(await isFolderGone(server.dir));
    await assert.rejects(sandbox.target.restart(), /target was stopped for good/);
  });

  it("runs once for each user, and ends by `sandbox down`, which waits until no process is left", async () => {
    const pids = await childrenOf(other.pid ?? 0);
    assert.ok(pids.length >= 3);
    assert.deepEqual(await once(runSandboxCommand("up"), "exit"), [1, null]);
    const ended = once(other, "exit");
    const down = once(runSandboxCommand("down"), "exit").then((exit: unknown) =>
      areGone(pids).then((gone) => [exit, gone]),
    );
    assert.deepEqual(await Promise.all([ended, down]), [
      [0, null],
      [[0, null], true],
    ]);
  });

  it("ends by Ctrl-C while it starts, with exit code 0", async () => {
    const started = runSandboxCommand("up");
    await eventually(async () => assert.ok((await childrenOf(started.pid ?? 0)).length > 0), 60_000);
    const pids = await childrenOf(started.pid ?? 0);
    started.kill("SIGINT");
    assert.deepEqual(await once(started, "exit"), [0, null]);
    assert.ok(await areGone(pids));
  });

  it("leaves no process when its start is aborted", async () => {
    const childrenBefore = await childrenOf(process.pid);
    const abort = new AbortController();
    const progress = (line: string): void => {
      if (line.includes("kafka ready")) abort.abort(new Error("changed my mind"));
    };
    await assert.rejects(startSandbox({ signal: abort.signal, progress }), /changed my mind/);
    const left = (await childrenOf(process.pid)).filter((pid) => !childrenBefore.includes(pid));
    assert.deepEqual(left, []);
  });
});

describe("sandbox server", function () {
  this.timeout(120_000);

  let taken: net.Server;
  let takenPort: number;

  before(async () => {
    taken = net.createServer().listen(0);
    await once(taken, "listening");
    takenPort = (taken.address() as net.AddressInfo).port;
  });
  after(() => taken.close());

  it("leaves no process when it cannot start, and shows the end of its log", async () => {
    const childrenBefore = await childrenOf(process.pid);
    const pickPorts = (): Promise<number[]> => Promise.resolve([takenPort, takenPort]);
    await assert.rejects(startKafka({ pickPorts }), (error) => {
      assert.ok(error instanceof ServerStartError);
      assert.match(error.message, /the end of its log:/);
      return true;
    });
    const left = (await childrenOf(process.pid)).filter((pid) => !childrenBefore.includes(pid));
    assert.deepEqual(left, []);
  });

  it("takes other ports when one it was given is taken, although Milvus goes on without it", async () => {
    let picks = 0;
    const pickPorts = async (count: number): Promise<readonly number[]> => {
      const ports = await pickFreePorts(count);
      return picks++ === 0 ? [takenPort, ...ports.slice(1)] : ports;
    };
    await using milvus = await startMilvus({ pickPorts });
    assert.equal(picks, 2);
    assert.deepEqual(await collectionsOf(milvus.uri), []);
  });

  for (const [end, endProgram] of [
    ["is killed by SIGKILL", (program: ChildProcess) => program.kill("SIGKILL")],
    ["exits without stopping it", (program: ChildProcess) => program.stdin?.write("exit\n")],
  ] as const) {
    it(`dies with its data when its parent process ${end}`, async () => {
      const program = runProgram(new URL("./kafka-holder.ts", import.meta.url));
      const [line = ""] = await readLines(program.lines, 1);
      const { pid, dir } = JSON.parse(line) as { pid: number; dir: string };
      assert.ok(await isAlive(pid));
      endProgram(program);
      await once(program, "exit");
      assert.ok(await areGone([pid]));
      assert.ok(await isFolderGone(dir));
    });
  }
});
