import type { DescribeCollectionResponse } from "#gen/milvus/wire/v1/rpc_pb.js";
import { untilAborted } from "../../async/abort.js";
import { Mutex } from "../../async/mutex.js";
import { Slots } from "../../async/slots.js";
import { MilvusAdmin } from "../../milvus/milvus-admin.js";
import { MilvusRpc } from "../../milvus/milvus-rpc.js";
import type { SdkClients } from "../../milvus/sdk-clients.js";
import { CdcError } from "../../model/errors.js";
import type { MilvusAddress } from "../../model/milvus-address.js";
import type { PartitionFilter } from "../../model/partition-filter.js";
import type { ReplicatedCollection } from "../../model/replicated-collection.js";
import type { CollectionName } from "../../model/selection.js";
import type { Applier, TargetCollection } from "../applier.js";
import { dropSelected } from "./drop-selected.js";
import { LARGE_REQUESTS_IN_FLIGHT, MilvusCollection, type MilvusTarget } from "./milvus-collection.js";
import { createRequest, schemaDifferences, settingDifferences, targetShape } from "./target-schema.js";
import { TargetStructure } from "./target-structure.js";

/** Writes to a target Milvus. */
export class MilvusApplier implements Applier {
  readonly #admin: MilvusAdmin;
  readonly #rpc: MilvusRpc;
  /** Of its own: a ping must not wait behind the bytes of large requests. */
  readonly #pings: MilvusRpc;
  readonly #structure: TargetStructure;
  readonly #target: MilvusTarget;

  constructor(address: MilvusAddress, clients: SdkClients) {
    this.#admin = new MilvusAdmin("target", address, clients);
    this.#rpc = new MilvusRpc("target", address);
    this.#pings = new MilvusRpc("target", address);
    this.#structure = new TargetStructure(this.#admin, this.#rpc, new Mutex());
    const largeRequests = new Slots(LARGE_REQUESTS_IN_FLIGHT);
    const [admin, rpc, structure] = [this.#admin, this.#rpc, this.#structure];
    this.#target = { admin, rpc, structure, largeRequests, lacksUpsert: false };
  }

  async ping(signal: AbortSignal): Promise<void> {
    await this.#pings.getVersion(signal);
  }

  listDatabases(signal: AbortSignal): Promise<readonly string[]> {
    return untilAborted(this.#admin.listDatabases(), signal);
  }

  createDatabase(database: string, signal: AbortSignal): Promise<void> {
    return untilAborted(this.#admin.createDatabase(database), signal);
  }

  hasCollections(database: string, signal: AbortSignal): Promise<boolean> {
    return untilAborted(this.#admin.hasCollections(database), signal);
  }

  dropDatabase(database: string, signal: AbortSignal): Promise<void> {
    return untilAborted(this.#admin.dropDatabase(database), signal);
  }

  dropCollection(name: CollectionName, only: PartitionFilter, signal: AbortSignal): Promise<void> {
    return only === undefined
      ? this.#structure.dropCollection(name, signal)
      : dropSelected(this.#target, name, only, signal);
  }

  async renameCollection(from: CollectionName, to: CollectionName, signal: AbortSignal): Promise<void> {
    if (await this.hasCollection(from, signal))
      await untilAborted(this.#admin.renameCollection(from, to), signal);
  }

  async hasCollection(name: CollectionName, signal: AbortSignal): Promise<boolean> {
    return (await this.#rpc.describeCollection(name, signal)) !== undefined;
  }

  async openCollection(collection: ReplicatedCollection, signal: AbortSignal): Promise<TargetCollection> {
    const { target } = collection;
    const existing = await this.#rpc.describeCollection(target, signal);
    if (existing === undefined) await this.#rpc.createCollection(createRequest(collection), signal);
    else checkExisting(collection, existing);
    const differences = existing === undefined ? [] : settingDifferences(collection, existing);
    return new MilvusCollection(this.#target, collection, targetShape(collection), differences);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rpc.close();
    this.#pings.close();
    await this.#admin.close();
  }
}

function checkExisting(collection: ReplicatedCollection, existing: DescribeCollectionResponse): void {
  const { database, name } = collection.target;
  if (existing.aliases.includes(name)) {
    // it may be on its way to go, as it went on the source
    const text = `${database}.${name} is an alias on the target; drop it there, or map the collection to another name`;
    throw new CdcError("TARGET_NOT_READY", text);
  }
  const differences = schemaDifferences(collection, existing);
  if (differences.length > 0) {
    const list = differences.join("; ");
    throw new CdcError("TARGET_SCHEMA_DIFFERS", `${database}.${name} of the target differs: ${list}`);
  }
}
