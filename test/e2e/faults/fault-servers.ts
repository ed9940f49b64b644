import { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { pickFreePorts } from "../../../src/sandbox/free-ports.js";
import { startKafka, type KafkaServer } from "../../../src/sandbox/kafka.js";
import { startMilvus, type MilvusServer } from "../../../src/sandbox/milvus.js";
import { ServiceProcess } from "../../support/e2e-service.js";
import { FaultProxy } from "../../support/fault-proxy.js";
import { SteppedClock } from "../../support/stepped-clock.js";

type Tell = (line: string) => void;

/** The service's ways to what it depends on. */
export interface Links {
  readonly source: FaultProxy;
  readonly target: FaultProxy;
  readonly kafka: FaultProxy;
}

interface Parts {
  readonly kafka: KafkaServer;
  readonly source: MilvusServer;
  readonly target: MilvusServer;
  readonly links: Links;
  readonly service: ServiceProcess;
  readonly clock: SteppedClock;
}

/**
 * Real servers, and the service as its own process, which reaches each of them
 * through a network of its own. Clients of tests, and the source its Kafka, go directly.
 */
export class FaultServers implements AsyncDisposable {
  readonly kafka: KafkaServer;
  readonly source: MilvusServer;
  readonly target: MilvusServer;
  readonly links: Links;
  readonly service: ServiceProcess;
  readonly clock: SteppedClock;
  readonly sourceClient: MilvusClient;
  readonly targetClient: MilvusClient;
  /** In the order of their making. */
  readonly #owned: readonly AsyncDisposable[];

  static async start(progress: Tell): Promise<FaultServers> {
    const owned: AsyncDisposable[] = [];
    const own = <T extends AsyncDisposable>(thing: T): T => (owned.push(thing), thing);
    try {
      return new FaultServers(await startParts(own, progress), owned);
    } catch (error) {
      await disposeAll(owned);
      throw error;
    }
  }

  private constructor(parts: Parts, owned: readonly AsyncDisposable[]) {
    this.kafka = parts.kafka;
    this.source = parts.source;
    this.target = parts.target;
    this.links = parts.links;
    this.service = parts.service;
    this.clock = parts.clock;
    this.#owned = owned;
    this.sourceClient = connect(this.source.uri);
    this.targetClient = connect(this.target.uri);
  }

  /** Creates a task over everything. */
  createTask(): Promise<string> {
    return this.service.createTask(`http://${this.links.target.address}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.sourceClient.closeConnection(), this.targetClient.closeConnection()]);
    await disposeAll(this.#owned);
  }
}

type Own = <T extends AsyncDisposable>(thing: T) => T;

async function startParts(own: Own, progress: Tell): Promise<Parts> {
  const clock = own(await SteppedClock.create());
  const { kafka, link } = await startKafkaBehindProxy(own, progress);
  const [source, target] = await Promise.all([
    startMilvus({ name: "source", kafka: { brokers: kafka.brokers }, progress }).then(own),
    startMilvus({ name: "target", progress }).then(own),
  ]);
  const links = {
    source: own(await FaultProxy.open(portOf(source.uri))),
    target: own(await FaultProxy.open(portOf(target.uri))),
    kafka: link,
  };
  const service = own(
    await ServiceProcess.start(
      { sourceUri: `http://${links.source.address}`, brokers: [links.kafka.address] },
      { nodeArgs: clock.nodeArgs, env: clock.env, hasPipedLog: true },
    ),
  );
  return { kafka, source, target, links, service, clock };
}

async function disposeAll(owned: readonly AsyncDisposable[]): Promise<void> {
  for (const thing of owned.toReversed()) await thing[Symbol.asyncDispose]();
}

/** The service is told of Kafka's second listener, which advertises the address of the proxy before it. */
async function startKafkaBehindProxy(
  own: Own,
  progress: Tell,
): Promise<{ kafka: KafkaServer; link: FaultProxy }> {
  const [broker = 0, controller = 0, proxied = 0] = await pickFreePorts(3);
  const link = own(await FaultProxy.open(proxied));
  const direct = `PLAINTEXT://127.0.0.1:${broker}`;
  const kafka = await startKafka({
    progress,
    pickPorts: () => Promise.resolve([broker, controller]),
    extraProperties: {
      listeners: `${direct},PROXIED://127.0.0.1:${proxied},CONTROLLER://127.0.0.1:${controller}`,
      "advertised.listeners": `${direct},PROXIED://${link.address}`,
      "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT",
    },
  });
  return { kafka: own(kafka), link };
}

/** Without retries: an insert that is repeated after its answer was lost would put its rows into the source twice. */
function connect(uri: string): MilvusClient {
  const address = uri.replace(/^https?:\/\//, "");
  return new MilvusClient({ address, maxRetries: 0, timeout: 10_000, telemetry: { enabled: false } });
}

function portOf(uri: string): number {
  return Number(new URL(uri).port);
}
