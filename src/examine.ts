import type { Config, SourceConfig } from "./config/config.js";
import { findingsOf, type Finding } from "./doctor/finding.js";
import { looksAtLog } from "./doctor/log-looks.js";
import { lookAtClock, looksAtMilvus } from "./doctor/milvus-looks.js";
import { MilvusRpc } from "./milvus/milvus-rpc.js";
import type { MilvusSide } from "./milvus/milvus-errors.js";
import { SdkClients } from "./milvus/sdk-clients.js";
import type { MilvusAddress } from "./model/milvus-address.js";
import { MilvusCatalogue } from "./source/catalogue/milvus-catalogue.js";
import { KafkaLogReader } from "./source/kafka/kafka-log-reader.js";

/** Looks at all that the configuration names, and at a target, and tells what is found. Changes nothing. */
export async function* examine(config: Config, target?: MilvusAddress): AsyncGenerator<Finding, void> {
  const clients = new SdkClients();
  for (const [name, source] of Object.entries(config.sources)) yield* examineSource(name, source, clients);
  if (target !== undefined) yield* examineMilvus("target", "target", target, clients);
}

async function* examineSource(
  name: string,
  { milvus, kafka, channelPrefix }: SourceConfig,
  clients: SdkClients,
): AsyncGenerator<Finding, void> {
  const subject = `source ${name}`;
  yield* examineMilvus("source", subject, milvus, clients);
  await using reader = new KafkaLogReader(kafka, channelPrefix);
  yield* findingsOf(subject, looksAtLog({ reader, channelPrefix }));
}

async function* examineMilvus(
  side: MilvusSide,
  subject: string,
  address: MilvusAddress,
  clients: SdkClients,
): AsyncGenerator<Finding, void> {
  await using catalogue = new MilvusCatalogue(address, clients, side);
  const rpc = new MilvusRpc(side, address);
  try {
    const milvus = {
      endpoint: address.endpoint,
      catalogue,
      version: (signal: AbortSignal) => rpc.getVersion(signal),
    };
    yield* findingsOf(subject, [...looksAtMilvus(milvus), lookAtClock(milvus)]);
  } finally {
    rpc.close();
  }
}
