import { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { onFailure } from "./on-failure.js";
import { progressOf } from "./progress-of.js";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.js";

export interface TestServers {
  readonly sandbox: Sandbox;
  readonly source: MilvusClient;
  readonly target: MilvusClient;
  readonly sourceUri: string;
  readonly targetUri: string;
  readonly brokers: readonly string[];
}

/** Fresh real servers for one suite. Call in `describe`; the function it returns works in tests. */
export function useSandbox(): () => TestServers {
  let servers: TestServers | undefined;
  before(async function () {
    this.timeout(600_000);
    const sandbox = await startSandbox({ progress: progressOf(this) });
    const [source, target] = [sandbox.source.uri, sandbox.target.uri].map((uri) => connect(uri));
    if (source === undefined || target === undefined) throw new Error("no clients");
    servers = {
      sandbox,
      source,
      target,
      sourceUri: sandbox.source.uri,
      targetUri: sandbox.target.uri,
      brokers: sandbox.kafka.brokers,
    };
  });
  after(async () => {
    await Promise.all([servers?.source.closeConnection(), servers?.target.closeConnection()]);
    await servers?.sandbox.stop();
  });
  onFailure(() => {
    if (servers === undefined) return "the servers had not started";
    const { kafka, source, target } = servers.sandbox;
    const ended = [kafka, source, target].filter(({ isRunning }) => !isRunning).map(({ name }) => name);
    return `servers that do not run: ${ended.join(", ") || "none"}`;
  });
  return () => {
    if (servers === undefined) throw new Error("servers are there from `before` on");
    return servers;
  };
}

/** One that repeats nothing waits for longer instead. */
export function connectOnce(uri: string): MilvusClient {
  return connect(uri, { maxRetries: 0, timeout: 60_000 });
}

export function connect(
  uri: string,
  options: { readonly maxRetries?: number; readonly timeout?: number } = {},
): MilvusClient {
  const address = uri.replace(/^https?:\/\//, "");
  return new MilvusClient({ address, telemetry: { enabled: false }, ...options });
}
