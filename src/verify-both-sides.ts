import type { SdkClients } from "./milvus/sdk-clients.js";
import type { MilvusAddress } from "./model/milvus-address.js";
import type { VerifiedTask } from "./model/verified-task.js";
import type { VerifyOptions, VerifyUpdate } from "./model/verification.js";
import { describedDifferences } from "./sink/milvus/described-differences.js";
import { MilvusCatalogue } from "./source/catalogue/milvus-catalogue.js";
import { MilvusRowSource } from "./source/snapshot/milvus-row-source.js";
import { verifyTask } from "./verify/task-verifier.js";

/** Compares two Milvus over connections of its own, so that replication does not wait behind what is read. */
export async function verifyBothSides(
  source: MilvusAddress,
  target: MilvusAddress,
  clients: SdkClients,
  task: VerifiedTask,
  options: VerifyOptions,
  emit: (update: VerifyUpdate) => void,
  signal: AbortSignal,
): Promise<void> {
  await using sourceCatalogue = new MilvusCatalogue(source, clients);
  await using sourceRows = new MilvusRowSource(source, clients);
  await using targetCatalogue = new MilvusCatalogue(target, clients, "target");
  await using targetRows = new MilvusRowSource(target, clients, { side: "target" });
  const parts = {
    task,
    source: { catalogue: sourceCatalogue, rows: sourceRows },
    target: { catalogue: targetCatalogue, rows: targetRows },
    compareSchemas: describedDifferences,
  };
  await verifyTask(parts, options, emit, signal);
}
