import { create, toBinary } from "@bufbuild/protobuf";
import { DescribeCollectionResponseSchema } from "#gen/milvus/wire/v1/rpc_pb.js";
import { untilAborted } from "../../async/abort.js";
import { MilvusAdmin } from "../../milvus/milvus-admin.js";
import { MilvusRpc } from "../../milvus/milvus-rpc.js";
import { readStructure } from "../../milvus/read-structure.js";
import type { CollectionId } from "../../model/ids.js";
import type { MilvusAddress } from "../../model/milvus-address.js";
import type { CollectionName } from "../../model/selection.js";
import type { CollectionStructure } from "../../model/structure.js";
import type { Listing, SourceCatalogue, SourceCollection } from "../source-catalogue.js";

/** The catalogue of a source Milvus. */
export class MilvusCatalogue implements SourceCatalogue {
  readonly #admin: MilvusAdmin;
  readonly #rpc: MilvusRpc;

  constructor(address: MilvusAddress) {
    this.#admin = new MilvusAdmin("source", address);
    this.#rpc = new MilvusRpc("source", address);
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
    return found?.collectionId === id ? readStructure(this.#admin, name, signal) : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rpc.close();
    await this.#admin.close();
  }
}
