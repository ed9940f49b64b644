import { stringify } from "yaml";

/** Where the service finds its source and keeps what it remembers. */
export interface ServiceConfigInput {
  readonly port: number;
  /** File of the metastore. */
  readonly databasePath: string;
  readonly sourceUri: string;
  readonly brokers: readonly string[];
  readonly channelPrefix: string;
}

/** The service's configuration file, as a user would write it. */
export function renderServiceConfig(input: ServiceConfigInput): string {
  const { port, databasePath, sourceUri, brokers, channelPrefix } = input;
  return stringify({
    listen: { host: "127.0.0.1", port },
    metastore: { type: "sqlite", path: databasePath },
    sources: {
      default: { milvus: { uri: sourceUri }, kafka: { brokers }, channel_prefix: channelPrefix },
    },
  });
}
