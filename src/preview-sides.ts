import type { PreviewSides } from "./engine/task-preview.js";
import type { SdkClients } from "./milvus/sdk-clients.js";
import type { MilvusAddress } from "./model/milvus-address.js";
import { describedDifferences } from "./sink/milvus/described-differences.js";
import { MilvusCatalogue } from "./source/catalogue/milvus-catalogue.js";
import { MilvusRowSource } from "./source/snapshot/milvus-row-source.js";

/** Two Milvus as a preview of a task looks at them, over connections of its own. */
export function openPreviewSides(
  source: MilvusAddress,
  target: MilvusAddress,
  clients: SdkClients,
): PreviewSides & AsyncDisposable {
  const catalogue = new MilvusCatalogue(source, clients);
  const rows = new MilvusRowSource(source, clients);
  const targets = new MilvusCatalogue(target, clients, "target");
  return {
    catalogue,
    rows,
    target: targets,
    compareSchemas: describedDifferences,
    async [Symbol.asyncDispose]() {
      await Promise.all([catalogue, rows, targets].map((side) => side[Symbol.asyncDispose]()));
    },
  };
}
