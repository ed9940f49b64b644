import type { SdkClients } from "./milvus/sdk-clients.js";
import type { MilvusAddress } from "./model/milvus-address.js";
import { describedDifferences } from "./sink/milvus/described-differences.js";
import { MilvusCatalogue } from "./source/catalogue/milvus-catalogue.js";
import { MilvusRowSource } from "./source/snapshot/milvus-row-source.js";

interface Side {
  readonly catalogue: MilvusCatalogue;
  readonly rows: MilvusRowSource;
}

/** The source and the target of a task, both read alike. */
export interface BothSides extends AsyncDisposable {
  readonly source: Side;
  readonly target: Side;
  /** How a target's collection differs from the one that the source's would be given there. */
  readonly compareSchemas: typeof describedDifferences;
}

/** Over connections of their own, so that replication does not wait behind what is read. */
export function openBothSides(source: MilvusAddress, target: MilvusAddress, clients: SdkClients): BothSides {
  const sides = {
    source: { catalogue: new MilvusCatalogue(source, clients), rows: new MilvusRowSource(source, clients) },
    target: {
      catalogue: new MilvusCatalogue(target, clients, "target"),
      rows: new MilvusRowSource(target, clients, { side: "target" }),
    },
  };
  return {
    ...sides,
    compareSchemas: describedDifferences,
    async [Symbol.asyncDispose]() {
      const opened = Object.values(sides).flatMap(({ catalogue, rows }) => [catalogue, rows]);
      await Promise.all(opened.map((one) => one[Symbol.asyncDispose]()));
    },
  };
}
