import { openBothSides } from "./both-sides.js";
import type { SourceConfig } from "./config/config.js";
import type { PreviewSides } from "./engine/task-preview.js";
import { readHeldRights } from "./milvus/held-rights.js";
import type { SdkClients } from "./milvus/sdk-clients.js";
import type { MilvusAddress } from "./model/milvus-address.js";
import { requestChannel } from "./source/kafka/channel-names.js";
import { KafkaLogReader } from "./source/kafka/kafka-log-reader.js";

/** All that a plan looks at. */
export function openPreviewSides(
  { milvus, kafka, channelPrefix }: SourceConfig,
  target: MilvusAddress,
  clients: SdkClients,
): PreviewSides & AsyncDisposable {
  const sides = openBothSides(milvus, target, clients);
  const reader = new KafkaLogReader(kafka, channelPrefix);
  const addresses = { source: milvus, target };
  return {
    ...sides,
    log: { reader, requestChannel: requestChannel(channelPrefix) },
    heldRights: (side, signal) => readHeldRights(side, addresses[side], clients, signal),
    async [Symbol.asyncDispose]() {
      await reader[Symbol.asyncDispose]();
      await sides[Symbol.asyncDispose]();
    },
  };
}
