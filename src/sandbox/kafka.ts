import fs from "node:fs/promises";
import path from "node:path";
import { createFetchContext } from "./fetch-context.js";
import { provideJava, type Java } from "./java.js";
import { renderKafkaConfig, renderKafkaMeta, type KafkaProperties } from "./kafka-config.js";
import { provideKafka } from "./kafka-package.js";
import { isKafkaAnswering } from "./kafka-probe.js";
import { checkPlatform } from "./prerequisites.js";
import { createDataRoot, type ServerDirectory } from "./server-directory.js";
import { Server, type ServerPlan } from "./server.js";
import type { StartOptions } from "./start-options.js";
import { startServer } from "./start-server.js";

interface KafkaPlan extends ServerPlan {
  readonly brokers: readonly string[];
}

/** How a broker is to be. */
export interface KafkaOptions extends StartOptions {
  readonly name?: string | undefined;
  /** More settings of server.properties, or others than the sandbox's. */
  readonly extraProperties?: KafkaProperties | undefined;
}

/** A Kafka 3.9.1 broker without authentication, on loopback. */
export class KafkaServer extends Server {
  /** host:port of the one broker. */
  readonly brokers: readonly string[];

  /** Takes over a broker that is ready; see startKafka. */
  constructor(plan: KafkaPlan, process: ConstructorParameters<typeof Server>[1]) {
    super(plan, process);
    this.brokers = plan.brokers;
  }
}

/**
 * Starts a Kafka broker on free ports and waits until it answers.
 * @throws SandboxError naming what is missing, or with the end of the broker's log
 */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const { name = "kafka", pickPorts, extraProperties } = options;
  checkPlatform();
  const context = createFetchContext(options);
  const java = await provideJava(context);
  const jarDir = await provideKafka(java, context);
  const root = options.dataDir === undefined ? undefined : await createDataRoot(options.dataDir);
  const { plan, process } = await startServer(
    { name, portCount: 2, root, pickPorts, progress: context.progress, signal: context.signal },
    (directory, ports) => prepareKafka({ name, java, jarDir, directory, ports, extraProperties }),
  );
  context.progress(`${name} ready on ${plan.brokers.join(",")}`);
  return new KafkaServer(plan, process);
}

interface PrepareInput {
  readonly name: string;
  readonly java: Java;
  readonly jarDir: string;
  readonly directory: ServerDirectory;
  readonly ports: readonly number[];
  readonly extraProperties: KafkaProperties | undefined;
}

async function prepareKafka(input: PrepareInput): Promise<KafkaPlan> {
  const { name, java, jarDir, directory, ports, extraProperties } = input;
  const [brokerPort = 0, controllerPort = 0] = ports;
  const logDir = path.join(directory.path, "data");
  const configFile = path.join(directory.path, "server.properties");
  await fs.mkdir(logDir, { recursive: true });
  await fs.writeFile(configFile, renderKafkaConfig({ brokerPort, controllerPort, logDir, extraProperties }));
  await writeUnlessThere(path.join(logDir, "meta.properties"), renderKafkaMeta());
  return {
    name,
    command: java.command,
    args: [...JVM_OPTIONS, "-cp", path.join(jarDir, "*"), "kafka.Kafka", configFile],
    env: {},
    directory,
    ports: [brokerPort, controllerPort],
    isReady: (signal) => isKafkaAnswering(brokerPort, signal),
    brokers: [`127.0.0.1:${brokerPort}`],
  };
}

const JVM_OPTIONS: readonly string[] = [
  "-Xmx512m",
  // a broker that lives for minutes never earns back what the second compiler costs: a third of its start
  "-XX:TieredStopAtLevel=1",
  "-XX:+UseSerialGC",
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
];

async function writeUnlessThere(file: string, text: string): Promise<void> {
  try {
    await fs.writeFile(file, text, { flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  }
}
