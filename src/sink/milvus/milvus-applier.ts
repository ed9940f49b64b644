import { untilAborted } from "../../async/abort.js";
import { MilvusAdmin } from "../../milvus/milvus-admin.js";
import { MilvusRpc } from "../../milvus/milvus-rpc.js";
import { CdcError } from "../../model/errors.js";
import type { MilvusAddress } from "../../model/milvus-address.js";
import type { ReplicatedCollection } from "../../model/replicated-collection.js";
import type { Applier, TargetCollection } from "../applier.js";
import { MilvusCollection } from "./milvus-collection.js";
import { createRequest, schemaDifferences, targetShape } from "./target-schema.js";

/** Writes to a target Milvus. */
export class MilvusApplier implements Applier {
  readonly #admin: MilvusAdmin;
  readonly #rpc: MilvusRpc;

  constructor(address: MilvusAddress) {
    this.#admin = new MilvusAdmin("target", address);
    this.#rpc = new MilvusRpc("target", address);
  }

  async ping(signal: AbortSignal): Promise<void> {
    await this.#rpc.getVersion(signal);
  }

  listDatabases(signal: AbortSignal): Promise<readonly string[]> {
    return untilAborted(this.#admin.listDatabases(), signal);
  }

  createDatabase(database: string, signal: AbortSignal): Promise<void> {
    return untilAborted(this.#admin.createDatabase(database), signal);
  }

  dropDatabase(database: string, signal: AbortSignal): Promise<void> {
    return untilAborted(this.#admin.dropDatabase(database), signal);
  }

  async openCollection(collection: ReplicatedCollection, signal: AbortSignal): Promise<TargetCollection> {
    const { target } = collection;
    const existing = await this.#rpc.describeCollection(target, signal);
    if (existing === undefined) await this.#rpc.createCollection(createRequest(collection), signal);
    const differences = existing === undefined ? [] : schemaDifferences(collection, existing);
    if (differences.length > 0) {
      const list = differences.join("; ");
      throw new CdcError(
        "TARGET_SCHEMA_DIFFERS",
        `${target.database}.${target.name} of the target differs: ${list}`,
      );
    }
    return new MilvusCollection(this.#admin, this.#rpc, target, targetShape(collection));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rpc.close();
    await this.#admin.close();
  }
}
