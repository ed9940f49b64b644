import { setTimeout as delay } from "node:timers/promises";
import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.js";
import type { TestCollection } from "../support/e2e-collection.js";
import { connect } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { cpuSeconds } from "../support/process-usage.js";
import { CoreQuota } from "./core-quota.js";
import type { BenchOptions } from "./options.js";

/** Of a core, all three servers together: about what they take when nobody asks for anything. */
const CALM = 0.6;
/** Where they may have no more than a part of a core each, they are never seen to take much. */
const CALM_WITH_QUOTA = 0.3;
const CALM_TIMEOUT_MS = 30_000;

/** Fresh real servers for one suite: what an earlier one has left behind would slow them down. */
export class Scene implements AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly source: MilvusClient;
  readonly target: MilvusClient;
  private readonly quota: CoreQuota | undefined;

  private constructor(sandbox: Sandbox, quota: CoreQuota | undefined) {
    this.sandbox = sandbox;
    this.quota = quota;
    this.source = connect(sandbox.source.uri);
    this.target = connect(sandbox.target.uri);
  }

  /** Both Milvus have as much of a core each as the options say. */
  static async open({ "server-percent": percent }: BenchOptions): Promise<Scene> {
    const quota = percent === 0 ? undefined : new CoreQuota(percent);
    const sandbox = await startSandbox();
    for (const { pid } of [sandbox.source, sandbox.target]) quota?.limit(pid);
    return new Scene(sandbox, quota);
  }

  /** With the log level that its users have. */
  startService(): Promise<ServiceProcess> {
    return ServiceProcess.over(this.sandbox, { env: { MILVUS_CDC_LOG_LEVEL: "info" } });
  }

  /** Of all that takes part in a replication. */
  pids(service: ServiceProcess): Readonly<Record<"service" | "source" | "target" | "Kafka", number>> {
    const { source, target, kafka } = this.sandbox;
    return { service: service.pid, source: source.pid, target: target.pid, Kafka: kafka.pid };
  }

  /** Waits until the servers have done what they do behind their answers, but not for ever. */
  async calm(): Promise<void> {
    const pids = [this.sandbox.source.pid, this.sandbox.target.pid, this.sandbox.kafka.pid];
    const spent = (): number => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
    const calm = this.quota === undefined ? CALM : CALM_WITH_QUOTA;
    const deadline = performance.now() + CALM_TIMEOUT_MS;
    while (performance.now() < deadline) {
      const [before, start] = [spent(), performance.now()];
      await delay(1_000);
      if ((spent() - before) / ((performance.now() - start) / 1000) < calm) return;
    }
  }

  /** Waits until the target has the collections, so that making them is no part of what comes. */
  async haveReachedTarget(collections: readonly TestCollection[]): Promise<void> {
    for (const { names } of collections)
      while ((await this.target.hasCollection(names)).value !== true) await delay(50);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.source.closeConnection(), this.target.closeConnection()]);
    await this.sandbox.stop();
    this.quota?.[Symbol.dispose]();
  }
}
