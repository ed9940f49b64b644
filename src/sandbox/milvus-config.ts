import { SandboxError } from "./sandbox-error.js";

/** The TCP ports of one Milvus standalone. */
export interface MilvusPorts {
  readonly proxy: number;
  readonly metrics: number;
  readonly etcdClient: number;
  readonly etcdPeer: number;
  readonly proxyInternal: number;
  readonly rootCoord: number;
  readonly queryCoord: number;
  readonly queryNode: number;
  readonly indexCoord: number;
  readonly indexNode: number;
  readonly dataCoord: number;
  readonly dataNode: number;
}

/** What the configuration depends on. */
export interface MilvusConfigInput {
  readonly ports: MilvusPorts;
  /** Absolute folders. */
  readonly dirs: { readonly etcd: string; readonly storage: string; readonly rocksmq: string };
  readonly etcdConfigFile: string;
  /** Prefix of all log channels. */
  readonly channelPrefix: string;
  /** host:port list of the Kafka that holds the log; the embedded RocksMQ does when undefined. */
  readonly kafkaBrokers: readonly string[] | undefined;
  /** Whether calls need credentials, those of `root` at first. */
  readonly hasAuthorization: boolean;
  /** Cleartext when undefined. */
  readonly tls?: MilvusTlsFiles | undefined;
}

/** Paths of PEM files. */
export interface MilvusTlsFiles {
  readonly certPath: string;
  readonly keyPath: string;
  /** Clients have to show a certificate of this authority. */
  readonly caPath?: string | undefined;
}

/**
 * milvus.yaml from the template in the wheel. Everything not named here keeps Milvus's
 * default, the trace exporter included, which puts trace ids into Kafka headers.
 * @throws SandboxError when the template lacks a key set here
 */
export function renderMilvusConfig(template: string, input: MilvusConfigInput): string {
  const text = setYamlScalars(fillPlaceholders(template), milvusSettings(input));
  return `${addToSection(text, "etcd", `  config:\n    path: ${input.etcdConfigFile}`)}\n${renderKafkaSection(input)}`;
}

/**
 * The configuration of the etcd inside the Milvus process. Without it, etcd takes its
 * standard ports. No fsync: a killed process loses nothing by that, only a killed machine would.
 */
export function renderEtcdConfig({ etcdClient, etcdPeer }: MilvusPorts, dataDir: string): string {
  const clientUrl = `http://127.0.0.1:${etcdClient}`;
  const peerUrl = `http://127.0.0.1:${etcdPeer}`;
  return [
    "name: default",
    `data-dir: ${dataDir}`,
    `listen-client-urls: ${clientUrl}`,
    `advertise-client-urls: ${clientUrl}`,
    `listen-peer-urls: ${peerUrl}`,
    `initial-advertise-peer-urls: ${peerUrl}`,
    `initial-cluster: default=${peerUrl}`,
    "unsafe-no-fsync: true",
    "",
  ].join("\n");
}

function milvusSettings({
  ports,
  dirs,
  channelPrefix,
  kafkaBrokers,
  hasAuthorization,
  tls,
}: MilvusConfigInput): Map<string, string> {
  const loopback = "127.0.0.1";
  return new Map([
    ["etcd.endpoints", `${loopback}:${ports.etcdClient}`],
    ["etcd.data.dir", dirs.etcd],
    ["etcd.log.level", "warn"],
    ["localStorage.path", dirs.storage],
    ["mq.type", kafkaBrokers ? "kafka" : "rocksmq"],
    ["rocksmq.path", dirs.rocksmq],
    ["rootCoord.ip", loopback],
    ["rootCoord.port", String(ports.rootCoord)],
    ["proxy.ip", loopback],
    ["proxy.port", String(ports.proxy)],
    ["proxy.internalPort", String(ports.proxyInternal)],
    ["queryCoord.ip", loopback],
    ["queryCoord.port", String(ports.queryCoord)],
    ["queryNode.ip", loopback],
    ["queryNode.port", String(ports.queryNode)],
    ["indexCoord.bindIndexNodeMode.address", `${loopback}:${ports.indexCoord}`],
    ["indexNode.ip", loopback],
    ["indexNode.port", String(ports.indexNode)],
    ["dataCoord.ip", loopback],
    ["dataCoord.port", String(ports.dataCoord)],
    ["dataNode.ip", loopback],
    ["dataNode.port", String(ports.dataNode)],
    ["log.level", "warn"],
    // Seconds. After a kill the old sessions hold up time ticks and loads until they expire; a
    // process halted for longer than this ends itself.
    ["common.session.ttl", "15"],
    ["common.security.authorizationEnabled", String(hasAuthorization)],
    ["common.chanNamePrefix.cluster", channelPrefix],
    ...(tls === undefined ? [] : tlsSettings(tls)),
  ]);
}

function tlsSettings({ certPath, keyPath, caPath }: MilvusTlsFiles): [string, string][] {
  return [
    ["common.security.tlsMode", caPath === undefined ? "1" : "2"],
    ["tls.serverPemPath", certPath],
    ["tls.serverKeyPath", keyPath],
    ...(caPath === undefined ? [] : [["tls.caPemPath", caPath] satisfies [string, string]]),
  ];
}

function renderKafkaSection({ kafkaBrokers }: MilvusConfigInput): string {
  if (!kafkaBrokers) return "";
  return [
    "kafka:",
    `  brokerList: ${kafkaBrokers.join(",")}`,
    "  saslUsername:",
    "  saslPassword:",
    "  saslMechanisms:",
    "  securityProtocol: PLAINTEXT",
    "  readTimeout: 10",
    "",
  ].join("\n");
}

/** Replaces `{{ name(type): default }}` by the default, or by nothing. */
function fillPlaceholders(template: string): string {
  return template.replaceAll(
    /\{\{[^:}]*(?::\s*(.*?))?\s*\}\}/g,
    (_match, fallback: string | undefined) => fallback ?? "",
  );
}

function addToSection(text: string, section: string, lines: string): string {
  return text.replace(new RegExp(`^${section}:$`, "m"), `${section}:\n${lines}`);
}

/** Sets scalars by their dotted path in a block-style YAML text indented by two spaces, as the template is. */
function setYamlScalars(text: string, settings: ReadonlyMap<string, string>): string {
  const missing = new Set(settings.keys());
  const parents: string[] = [];
  const lines = text.split("\n").map((line) => {
    const match = /^( *)([\w-]+):/.exec(line);
    if (!match) return line;
    const [start = "", indent = "", key = ""] = match;
    parents.length = indent.length / 2;
    parents.push(key);
    const path = parents.join(".");
    const value = settings.get(path);
    if (value === undefined) return line;
    missing.delete(path);
    return `${start} ${value}`;
  });
  if (missing.size > 0) throw new SandboxError(`the Milvus template has no key ${[...missing].join(", ")}`);
  return lines.join("\n");
}
