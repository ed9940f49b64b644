import type { AuthRules } from "../model/caller.js";
import type { KafkaAddress } from "../model/kafka-address.js";
import type { MilvusAddress } from "../model/milvus-address.js";
import type { TargetRules } from "../model/target-rules.js";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** What an operator decides about the service; deeply frozen. It holds secrets: never log it. */
export interface Config {
  readonly listen: ListenConfig;
  /** Without it, everybody who reaches the service is an admin, and only this machine reaches it. */
  readonly auth?: AuthRules | undefined;
  readonly metastore: MetastoreConfig;
  /** By name; a task that names none uses `default`. Look names up with Object.hasOwn. */
  readonly sources: Readonly<Record<string, SourceConfig>>;
  /** Which targets tasks may have. */
  readonly targets: TargetRules;
  /** Where spans go; without it there are none. */
  readonly tracing?: { readonly otlpEndpoint: string } | undefined;
  readonly log: { readonly level: (typeof LOG_LEVELS)[number] };
}

export interface ListenConfig {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Cleartext when absent. */
  readonly tls?: ListenTls | undefined;
}

/** Paths of PEM files. */
export interface ListenTls {
  readonly certPath: string;
  readonly keyPath: string;
  /** When given, clients have to show a certificate that this authority signed. */
  readonly caPath?: string | undefined;
}

export interface MetastoreConfig {
  readonly type: "sqlite";
  /** Relative to the working directory, as all paths are. */
  readonly path: string;
  /** What targets' credentials are encrypted with; they are in clear when it is absent. */
  readonly encryption?: EncryptionConfig | undefined;
}

/** AES-256 keys, each of 64 hex digits. */
export interface EncryptionConfig {
  readonly key: string;
  /** Read once more after the key was changed. */
  readonly previousKeys: readonly string[];
}

/** A Milvus whose changes are replicated, with the log it writes them to. */
export interface SourceConfig {
  readonly milvus: MilvusAddress;
  readonly kafka: KafkaAddress;
  /** What the names of its physical channels begin with. */
  readonly channelPrefix: string;
}
