import { create, toBinary } from "@bufbuild/protobuf";
import { DescribeCollectionResponseSchema } from "#gen/milvus/wire/v1/rpc_pb.js";
import { untilAborted } from "../../async/abort.js";
import { MilvusAdmin } from "../../milvus/milvus-admin.js";
import type { MilvusSide } from "../../milvus/milvus-errors.js";
import { MilvusRpc } from "../../milvus/milvus-rpc.js";
import type { SdkClients } from "../../milvus/sdk-clients.js";
import { readStructure } from "../../milvus/read-structure.js";
import type { CollectionId, HybridTs } from "../../model/ids.js";
import type { MilvusAddress } from "../../model/milvus-address.js";
import type { CollectionName } from "../../model/selection.js";
import type { CollectionStructure } from "../../model/structure.js";
import type { BulkImport, Listing, SourceCatalogue, SourceCollection } from "../source-catalogue.js";
import { ImportVisibility } from "./import-visibility.js";

const FAILED = ["ImportFailed", "ImportFailedAndCleaned"];

/** The catalogue of a source Milvus, or of a target that is compared with it. */
export class MilvusCatalogue implements SourceCatalogue {
  readonly #admin: MilvusAdmin;
  readonly #rpc: MilvusRpc;
  readonly #visibility: ImportVisibility;

  constructor(address: MilvusAddress, clients: SdkClients, side: MilvusSide = "source") {
    this.#admin = new MilvusAdmin(side, address, clients);
    this.#rpc = new MilvusRpc(side, address);
    this.#visibility = new ImportVisibility(this.#admin);
  }

  now(signal: AbortSignal): Promise<HybridTs> {
    return this.#rpc.allocTimestamp(signal);
  }

  /** Ids are found by database: a description by id names the wrong database. */
  async list(signal: AbortSignal): Promise<Listing> {
    const databases = await untilAborted(this.#admin.listDatabases(), signal);
    const collections = new Map<CollectionId, CollectionName>();
    for (const database of databases) {
      for (const { id, name } of await untilAborted(this.#admin.listCollections(database), signal)) {
        collections.set(id, { database, name });
      }
    }
    return { databases, collections };
  }

  async loaded(signal: AbortSignal): Promise<ReadonlySet<CollectionId>> {
    const { databases, collections } = await this.list(signal);
    const loaded = new Map<string, ReadonlySet<string>>();
    for (const database of databases)
      loaded.set(database, await untilAborted(this.#admin.listLoaded(database), signal));
    const isLoaded = ({ database, name }: CollectionName): boolean =>
      loaded.get(database)?.has(name) === true;
    return new Set([...collections].filter(([, name]) => isLoaded(name)).map(([id]) => id));
  }

  async imports(signal: AbortSignal): Promise<readonly BulkImport[]> {
    const all = await untilAborted(this.#admin.listImports(), signal);
    if (all.length === 0) return [];
    const { collections } = await this.list(signal);
    const imports = all.filter(
      ({ collectionId, state }) => collections.has(collectionId) && !FAILED.includes(state),
    );
    const visible = await this.#visibility.look(imports, collections, signal);
    return imports.map(({ id, collectionId, partition, rows }) => ({
      id,
      collectionId,
      partition: partition === "" ? undefined : partition,
      rows,
      isEnded: visible.has(id),
    }));
  }

  async describe(name: CollectionName, signal: AbortSignal): Promise<SourceCollection | undefined> {
    const response = await this.#rpc.describeCollection(name, signal);
    if (response === undefined) return undefined;
    return {
      id: response.collectionId,
      name,
      aliases: response.aliases,
      channels: response.physicalChannelNames,
      createdTs: response.createdTimestamp,
      description: toBinary(
        DescribeCollectionResponseSchema,
        create(DescribeCollectionResponseSchema, response),
      ),
    };
  }

  async structure(
    id: CollectionId,
    name: CollectionName,
    signal: AbortSignal,
  ): Promise<CollectionStructure | undefined> {
    const found = await this.#rpc.describeCollection(name, signal);
    return found?.collectionId === id ? readStructure(this.#admin, name, found, signal) : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rpc.close();
    await this.#admin.close();
  }
}
