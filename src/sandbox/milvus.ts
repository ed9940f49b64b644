import fs from "node:fs/promises";
import path from "node:path";
import { createFetchContext } from "./fetch-context.js";
import {
  renderEtcdConfig,
  renderMilvusConfig,
  type MilvusPorts,
  type MilvusTlsFiles,
} from "./milvus-config.js";
import { provideMilvus } from "./milvus-package.js";
import { checkPlatform } from "./prerequisites.js";
import { createDataRoot, type ServerDirectory } from "./server-directory.js";
import { Server, type ServerPlan } from "./server.js";
import type { StartOptions } from "./start-options.js";
import { startServer } from "./start-server.js";

const PORT_COUNT = 12;
const HEALTH_TIMEOUT_MS = 2_000;

/** What a Milvus is called and where its log is. */
export interface StartMilvusOptions extends StartOptions {
  /** Also the name of its folder; two servers with one `dataDir` need different names. Default "milvus". */
  readonly name?: string | undefined;
  /** The Kafka that holds its log. Default: none, the log is in the embedded RocksMQ. */
  readonly kafka?: { readonly brokers: readonly string[] } | undefined;
  /** Prefix of its log channels; two Milvus on one Kafka need different ones. Default "by-dev". */
  readonly channelPrefix?: string | undefined;
  /** Asks for credentials; `root` with the password `Milvus` has all rights. Default: it does not. */
  readonly hasAuthorization?: boolean | undefined;
  /** Default: cleartext. */
  readonly tls?: MilvusTlsFiles | undefined;
}

interface MilvusPlan extends ServerPlan {
  readonly uri: string;
  readonly channelPrefix: string;
}

/** A Milvus 2.3.5 standalone. */
export class MilvusServer extends Server {
  /** http://host:port of its gRPC API, https where it has certificates. */
  readonly uri: string;
  /** Prefix of its log channels. */
  readonly channelPrefix: string;

  /** Takes over a Milvus that is ready; see startMilvus. */
  constructor(plan: MilvusPlan, process: ConstructorParameters<typeof Server>[1]) {
    super(plan, process);
    this.uri = plan.uri;
    this.channelPrefix = plan.channelPrefix;
  }
}

/**
 * Starts a Milvus standalone on free ports and waits until it is healthy.
 * @throws SandboxError naming what is missing, or with the end of Milvus's log
 */
export async function startMilvus(options: StartMilvusOptions = {}): Promise<MilvusServer> {
  const {
    name = "milvus",
    channelPrefix = "by-dev",
    hasAuthorization = false,
    kafka,
    pickPorts,
    tls,
  } = options;
  checkPlatform();
  const context = createFetchContext(options);
  const binDir = await provideMilvus(context);
  const root = options.dataDir === undefined ? undefined : await createDataRoot(options.dataDir);
  const { plan, process } = await startServer(
    { name, portCount: PORT_COUNT, root, pickPorts, progress: context.progress, signal: context.signal },
    (directory, ports) =>
      prepareMilvus({
        name,
        channelPrefix,
        kafkaBrokers: kafka?.brokers,
        hasAuthorization,
        tls,
        binDir,
        directory,
        ports: namePorts(ports),
      }),
  );
  context.progress(`${name} ready on ${plan.uri}`);
  return new MilvusServer(plan, process);
}

interface PrepareInput {
  readonly name: string;
  readonly channelPrefix: string;
  readonly kafkaBrokers: readonly string[] | undefined;
  readonly hasAuthorization: boolean;
  readonly tls: MilvusTlsFiles | undefined;
  readonly binDir: string;
  readonly directory: ServerDirectory;
  readonly ports: MilvusPorts;
}

async function prepareMilvus(input: PrepareInput): Promise<MilvusPlan> {
  const { name, channelPrefix, binDir, directory, ports } = input;
  const configDir = path.join(directory.path, "configs");
  await writeConfig(input, configDir);
  return {
    name,
    command: path.join(binDir, "milvus"),
    args: ["run", "standalone"],
    env: {
      LD_LIBRARY_PATH: binDir,
      DEPLOY_MODE: "STANDALONE",
      METRICS_PORT: String(ports.metrics),
      MILVUSCONF: `${configDir}/`,
    },
    directory,
    ports: [ports.proxy, ports.metrics],
    isReady: (signal) => isHealthy(ports.metrics, signal),
    uri: `${input.tls === undefined ? "http" : "https"}://127.0.0.1:${ports.proxy}`,
    channelPrefix,
  };
}

async function writeConfig(input: PrepareInput, configDir: string): Promise<void> {
  const { channelPrefix, kafkaBrokers, hasAuthorization, tls, binDir, directory, ports } = input;
  const inside = (...names: string[]): string => path.join(directory.path, ...names);
  const dirs = { etcd: inside("etcd"), storage: inside("data"), rocksmq: inside("rocksmq") };
  for (const folder of [configDir, inside("logs"), ...Object.values(dirs)])
    await fs.mkdir(folder, { recursive: true });
  const etcdConfigFile = path.join(configDir, "etcd.yaml");
  const template = await fs.readFile(path.join(binDir, "config.yaml.template"), "utf8");
  await fs.writeFile(etcdConfigFile, renderEtcdConfig(ports, dirs.etcd));
  await fs.writeFile(
    path.join(configDir, "milvus.yaml"),
    renderMilvusConfig(template, {
      ports,
      dirs,
      etcdConfigFile,
      channelPrefix,
      kafkaBrokers,
      hasAuthorization,
      tls,
    }),
  );
  await fs.copyFile(path.join(binDir, "glog.conf"), path.join(configDir, "glog.conf"));
}

async function isHealthy(metricsPort: number, signal: AbortSignal): Promise<boolean> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(HEALTH_TIMEOUT_MS)]);
  try {
    const answer = await fetch(`http://127.0.0.1:${metricsPort}/healthz`, { signal: bounded });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

function namePorts(ports: readonly number[]): MilvusPorts {
  const at = (index: number): number => ports[index] ?? 0;
  return {
    proxy: at(0),
    metrics: at(1),
    etcdClient: at(2),
    etcdPeer: at(3),
    proxyInternal: at(4),
    rootCoord: at(5),
    queryCoord: at(6),
    queryNode: at(7),
    indexCoord: at(8),
    indexNode: at(9),
    dataCoord: at(10),
    dataNode: at(11),
  };
}
