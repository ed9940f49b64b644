import assert from "node:assert/strict";
import net from "node:net";
import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { Health } from "#gen/grpc/health/v1/health_pb.js";
import { burst } from "../../support/api-burst.js";
import { untilWritten, writeWhilePaused } from "../../support/backlog.js";
import { insertBatches } from "../../support/bench-rows.js";
import { TestCollection } from "../../support/e2e-collection.js";
import { becomesEqual } from "../../support/e2e-compare.js";
import { connectOnce, useSandbox } from "../../support/e2e-sandbox.js";
import { ServiceProcess } from "../../support/e2e-service.js";
import { eventually } from "../../support/eventually.js";
import { FaultProxy } from "../../support/fault-proxy.js";
import { worstLagWhile } from "../../support/lag.js";
import { peakRssMb, usageOf } from "../../support/process-usage.js";
import { revive } from "../../support/revive.js";
import { GrpcJsClient } from "../../support/server-grpc-js-client.js";
import { SteadyWriter } from "../../support/steady-writer.js";

const MAX_RSS_MB = 600;
const MAX_STOP_MS = 10_000;

describe("resources of the service", function () {
  this.timeout(600_000);
  const sandbox = useSandbox();
  const startService = (): Promise<ServiceProcess> =>
    ServiceProcess.start({ sourceUri: sandbox().sourceUri, brokers: sandbox().brokers });

  describe("memory", () => {
    it("is bounded while a backlog of many channels drains into a slow target", async () => {
      // GIVEN a target behind a slow line
      const { source, sourceUri, target, targetUri } = sandbox();
      await using proxy = await FaultProxy.open(Number(new URL(targetUri).port));
      proxy.become({ bytesPerSecond: 20e6 });
      await using service = await startService();
      const taskId = await service.createTask(`http://${proxy.address}`);
      // WHEN 200 MB wait in eight channels
      const backlog = { collections: 4, rows: 100_000, dim: 128, shards: 2 };
      const all = await writeWhilePaused(service, taskId, { uri: sourceUri, client: source }, backlog);
      // THEN they come through, and no more of them is in memory at a time than fits
      await untilWritten(service, taskId, 400_000);
      assert.ok(peakRssMb(service.pid) < MAX_RSS_MB, `${peakRssMb(service.pid)} MB`);
      for (const collection of all) await collection.drop();
      await becomesEqual(source, target);
    });

    it("is bounded for requests as large as a source takes, and for thousands of small ones", async () => {
      const { source, sourceUri, target, targetUri } = sandbox();
      await using service = await startService();
      const taskId = await service.createTask(targetUri);
      await service.cdc("pause", { task_id: taskId });
      // GIVEN inserts of 65 MB, which the log has in pieces of one timestamp, and inserts of one row
      const giant = new TestCollection(source, "giant", { dim: 1_000 });
      await giant.create();
      await insertBatches(sourceUri, giant.names, { rows: 45_000, dim: 1_000 });
      const small = new TestCollection(source, "small");
      await small.createLoaded({ shards_num: 2 });
      const writers = Array.from({ length: 10 }, async (_, n) => {
        for (let i = 0; i < 200; i++) await small.insert(n * 200 + i, n * 200 + i);
      });
      await Promise.all(writers);
      // WHEN the task goes on
      await service.cdc("resume", { task_id: taskId });
      await untilWritten(service, taskId, 47_000);
      // THEN all of it is there
      assert.ok(peakRssMb(service.pid) < MAX_RSS_MB, `${peakRssMb(service.pid)} MB`);
      await giant.drop();
      await becomesEqual(source, target);
      await small.drop();
      await becomesEqual(source, target);
    });
  });

  describe("while rows flow", () => {
    let service: ServiceProcess;
    let taskId: string;
    let client: MilvusClient;
    let collection: TestCollection;
    let writer: SteadyWriter;

    before(async function () {
      this.timeout(120_000);
      const { sourceUri, targetUri } = sandbox();
      service = await startService();
      taskId = await service.createTask(targetUri);
      // an insert that is repeated after its answer was lost has its rows twice on the source
      client = connectOnce(sourceUri);
      collection = new TestCollection(client, "flowing");
      await collection.createLoaded({ shards_num: 2 });
    });
    after(async () => {
      await client.closeConnection();
      await service[Symbol.asyncDispose]();
    });

    beforeEach(() => {
      writer = new SteadyWriter(collection, (writer as SteadyWriter | undefined)?.next ?? 1);
    });
    // a hook that fails would take all tests after it along, so each test looks at the rows itself
    afterEach(() => writer.stop());
    const isEqualInTheEnd = async (): Promise<void> => {
      await writer.stop();
      await becomesEqual(sandbox().source, sandbox().target);
    };

    it("descriptors, sockets and threads stay the same however often the task is paused and resumed", async () => {
      const cycle = async (times: number): Promise<void> => {
        for (let i = 0; i < times; i++)
          for (const command of ["pause", "resume"])
            assert.equal((await service.cdc(command, { task_id: taskId })).status, 200);
      };
      await cycle(5);
      const before = await settledUsage(service, taskId);
      await cycle(20);
      await eventually(async () => {
        const { descriptors, sockets, threads } = await settledUsage(service, taskId);
        assert.ok(descriptors <= before.descriptors, `${before.descriptors} → ${descriptors} descriptors`);
        assert.ok(sockets <= before.sockets, `${before.sockets} → ${sockets} sockets`);
        assert.ok(threads <= before.threads, `${before.threads} → ${threads} threads`);
      });
      await isEqualInTheEnd();
    });

    it("ten thousand requests of all protocols are answered, and the lag stays below 2 s", async () => {
      await settledUsage(service, taskId);
      // what else runs on this machine may cause lag as well
      const usual = await worstLagWhile(service, taskId, () => delayed(5_000));
      const worst = await worstLagWhile(service, taskId, () => burst(service, taskId, 10_000));
      assert.ok(worst <= 2_000 + 2 * usual, `${worst} ms, and ${usual} ms before`);
      await isEqualInTheEnd();
    });

    /** SIGTERM must end it soon and well, and the next start must find everything. */
    const stopsAndGoesOn = async (asItWas: () => unknown = () => undefined): Promise<void> => {
      const startedAtMs = performance.now();
      try {
        assert.equal(await service.end("SIGTERM"), 0);
        const tookMs = performance.now() - startedAtMs;
        assert.ok(tookMs < MAX_STOP_MS, `${Math.round(tookMs)} ms`);
      } finally {
        await service.end("SIGKILL");
        await asItWas();
        await service.launch();
      }
      await isEqualInTheEnd();
    };

    it("SIGTERM ends it in time", () => stopsAndGoesOn());

    for (const name of ["target", "kafka", "source"] as const) {
      it(`SIGTERM ends it in time when the ${name} hangs`, async () => {
        const server = sandbox().sandbox[name];
        await server.kill("SIGSTOP");
        // until the service notices, or is in the midst of something
        await delayed(1_000);
        await stopsAndGoesOn(async () => {
          await server.kill("SIGCONT");
          // one that was halted for longer than its session ends itself
          if (!server.isRunning) await revive(server);
        });
      });
    }

    it("SIGTERM ends it in time when clients hang: open streams, half a request, nothing at all", async () => {
      using grpc = new GrpcJsClient(`127.0.0.1:${service.port}`);
      const watched = grpc.stream(Health.method.watch, {});
      await watched.messages.next();
      const idle = await connected(service.port);
      const halfway = await connected(service.port);
      halfway.write("POST /cdc HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
      await stopsAndGoesOn(() => [idle, halfway].forEach((socket) => socket.destroy()));
    });

    it("SIGTERM ends it in time while a target hangs that a task is being created for", async () => {
      await using proxy = await FaultProxy.open(Number(new URL(sandbox().targetUri).port));
      proxy.become({ isSilent: true });
      const param = { uri: `http://${proxy.address}`, connect_timeout: 60 };
      const creating = service
        .cdc("create", { milvus_connect_param: param, collection_infos: [{ name: "*" }] })
        .catch(() => undefined);
      await delayed(500);
      await stopsAndGoesOn(() => creating);
    });
  });
});

/** What the process has in use once the task reads and writes. */
async function settledUsage(service: ServiceProcess, taskId: string): Promise<ReturnType<typeof usageOf>> {
  await eventually(async () => {
    const { health = {} } = await service.task(taskId);
    assert.ok(Number(health["inserted_rows"] ?? 0) + Number(health["upserted_rows"] ?? 0) > 0);
  });
  return usageOf(service.pid);
}

function delayed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function connected(port: number): Promise<net.Socket> {
  const socket = net.connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}
