import type {
  CreateIndexParam,
  KeyValuePair,
  ListImportTasksResponse,
  ShowPartitionsResponse,
} from "@zilliz/milvus2-sdk-node";
import type { MilvusAddress } from "../model/milvus-address.js";
import type { CollectionName } from "../model/selection.js";
import type { IndexDefinition } from "../model/structure.js";
import type { MilvusSide } from "./milvus-errors.js";
import type { SdkCall } from "./sdk.js";
import type { SdkClients } from "./sdk-clients.js";
import { SdkConnection } from "./sdk-connection.js";

/** Where nodes are that nobody put elsewhere. */
const DEFAULT_RESOURCE_GROUP = "__default_resource_group";

/** A line of a database's list of collections. */
export interface ListedCollection {
  readonly id: bigint;
  readonly name: string;
}

/** A line of a collection's list of partitions. */
export interface ListedPartition {
  readonly id: bigint;
  readonly name: string;
}

export interface ListedSegment {
  readonly id: bigint;
  readonly partitionId: bigint;
}

/** A bulk import. */
export interface ListedImport {
  readonly id: bigint;
  readonly collectionId: bigint;
  /** Empty when the server does not tell, or when a partition key decides. */
  readonly partition: string;
  readonly rows: bigint;
  /** Empty while it runs. */
  readonly segmentIds: readonly bigint[];
  /** By its name in Milvus: `ImportCompleted`, `ImportFailed`, and others on the way. */
  readonly state: string;
}

/**
 * Catalogue and DDL of one Milvus, by its own SDK. Every method throws a
 * CdcError named after the side. Objects that are to be dropped and are gone
 * already, are no error: after a crash, steps are repeated.
 */
export class MilvusAdmin {
  readonly #connection: SdkConnection;

  constructor(side: MilvusSide, address: MilvusAddress, clients: SdkClients) {
    this.#connection = new SdkConnection(side, address, clients);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async listDatabases(): Promise<readonly string[]> {
    return (await this.#connection.ask("ListDatabases", (client) => client.listDatabases())).db_names;
  }

  async listCollections(database: string): Promise<readonly ListedCollection[]> {
    const answer = await this.#connection.ask("ShowCollections", (client) =>
      client.showCollections({ db_name: database }),
    );
    return answer.data.map(({ id, name }) => ({ id: BigInt(id), name }));
  }

  /** Also false when there is no such database. */
  async hasCollections(database: string): Promise<boolean> {
    const answer = await this.#connection.askOrMissing("ShowCollections", (client) =>
      client.showCollections({ db_name: database }),
    );
    return answer !== undefined && answer.data.length > 0;
  }

  /** Names of the collections that are loaded or being loaded. */
  async listLoaded(database: string): Promise<ReadonlySet<string>> {
    const answer = await this.#connection.ask("ShowCollections", (client, { ShowCollectionsType }) =>
      client.showCollections({ db_name: database, type: ShowCollectionsType.Loaded }),
    );
    return new Set(answer.data.map(({ name }) => name));
  }

  async listPartitions(collection: CollectionName): Promise<readonly string[]> {
    return (
      await this.#connection.ask("ShowPartitions", (client) => client.showPartitions(named(collection)))
    ).partition_names;
  }

  /** Those that are loaded or being loaded; what a server cannot tell one by one is taken as a whole. */
  async listLoadedPartitions(collection: CollectionName): Promise<readonly string[]> {
    const answer = await this.#connection.askIfKnown("ShowPartitions", showLoadedPartitions(collection));
    if (answer !== undefined) return answer.partition_names;
    const loaded = await this.listLoaded(collection.database);
    return loaded.has(collection.name) ? this.listPartitions(collection) : [];
  }

  /** Undefined when the collection does not exist. */
  async listPartitionIds(collection: CollectionName): Promise<readonly ListedPartition[] | undefined> {
    const answer = await this.#connection.askOrMissing("ShowPartitions", (client) =>
      client.showPartitions(named(collection)),
    );
    return answer?.data.map(({ id, name }) => ({ id: BigInt(id), name }));
  }

  /**
   * How far partitions are loaded, in percent, by id: those that are loaded or being loaded. Undefined when
   * the collection does not exist.
   */
  async listPartitionLoads(collection: CollectionName): Promise<ReadonlyMap<bigint, number> | undefined> {
    const answer = await this.#connection.askOrMissing("ShowPartitions", showLoadedPartitions(collection));
    return (
      answer && new Map(answer.data.map(({ id, loadedPercentage }) => [BigInt(id), Number(loadedPercentage)]))
    );
  }

  /** Ids of the partitions that have rows which are no longer being written to memory: sealed or flushed. */
  async listSealedPartitions(collection: CollectionName): Promise<ReadonlySet<bigint>> {
    return new Set((await this.listSealedSegments(collection)).map(({ partitionId }) => partitionId));
  }

  /** Segments that are no longer being written to memory, those of bulk imports under way among them. */
  async listSealedSegments({ database, name }: CollectionName): Promise<readonly ListedSegment[]> {
    const answer = await this.#connection.ask("GetPersistentSegmentInfo", (client) =>
      client.getPersistentSegmentInfo({ dbName: database, collectionName: name }),
    );
    return answer.infos.map(({ segmentID, partitionID }) => ({
      id: BigInt(segmentID),
      partitionId: BigInt(partitionID),
    }));
  }

  /** Ids of the sealed segments that queries of a loaded collection go to. */
  async listQueriedSegments({ database, name }: CollectionName): Promise<ReadonlySet<bigint>> {
    const answer = await this.#connection.ask("GetQuerySegmentInfo", (client) =>
      client.getQuerySegmentInfo({ dbName: database, collectionName: name }),
    );
    return new Set(answer.infos.map(({ segmentID }) => BigInt(segmentID)));
  }

  /** Bulk imports of all databases that the server remembers; none when it does not know them. */
  async listImports(): Promise<readonly ListedImport[]> {
    // the SDK's own method asks for a collection
    const answer = await this.#connection.askIfImplemented(
      "ListImportTasks",
      async (client, { promisify }) =>
        (await promisify(
          client.channelPool,
          "ListImportTasks",
          { limit: 0 },
          client.timeout,
        )) as ListImportTasksResponse,
    );
    return (answer?.tasks ?? []).map((task) => ({
      id: BigInt(task.id),
      collectionId: BigInt(task.collection_id),
      partition: String(task.infos.find(({ key }) => key === "partition")?.value ?? ""),
      rows: BigInt(task.row_count),
      segmentIds: task.segment_ids.map(BigInt),
      state: task.state,
    }));
  }

  /** In how many copies a collection is loaded; 0 when it is not, or when the server does not tell. */
  async countReplicas({ database, name }: CollectionName, id: bigint): Promise<number> {
    const request = { db_name: database, collection_name: name, collectionID: id.toString() };
    const answer = await this.#connection.askIfKnown("GetReplicas", (client) => client.getReplicas(request));
    return answer?.replicas.length ?? 0;
  }

  /** How many nodes can hold a replica each; 1 when the server does not tell. */
  async countQueryNodes(): Promise<number> {
    const answer = await this.#connection.askIfKnown("DescribeResourceGroup", (client) =>
      client.describeResourceGroup({ resource_group: DEFAULT_RESOURCE_GROUP }),
    );
    return answer?.resource_group.num_available_node ?? 1;
  }

  async listIndexes(collection: CollectionName): Promise<readonly IndexDefinition[]> {
    // a collection without any index answers "not found"
    const answer = await this.#connection.askOrMissing("DescribeIndex", (client) =>
      client.describeIndex(named(collection)),
    );
    return (answer?.index_descriptions ?? []).map((index) => ({
      field: index.field_name,
      name: index.index_name,
      params: Object.fromEntries(index.params.map(({ key, value }: KeyValuePair) => [key, String(value)])),
    }));
  }

  async createDatabase(database: string): Promise<void> {
    await this.#connection.do("CreateDatabase", (client) => client.createDatabase({ db_name: database }));
  }

  async dropDatabase(database: string): Promise<void> {
    await this.#connection.doOrMissing("DropDatabase", (client) =>
      client.dropDatabase({ db_name: database }),
    );
  }

  async dropCollection(collection: CollectionName): Promise<void> {
    await this.#connection.doOrMissing("DropCollection", (client) =>
      client.dropCollection(named(collection)),
    );
  }

  async renameCollection(from: CollectionName, to: CollectionName): Promise<void> {
    const request = { ...named(from), new_collection_name: to.name, new_db_name: to.database };
    await this.#connection.do("RenameCollection", (client) => client.renameCollection(request));
  }

  async createPartition(collection: CollectionName, partition: string): Promise<void> {
    await this.#connection.do("CreatePartition", (client) =>
      client.createPartition({ ...named(collection), partition_name: partition }),
    );
  }

  async dropPartition(collection: CollectionName, partition: string): Promise<void> {
    await this.#connection.doOrMissing("DropPartition", (client) =>
      client.dropPartition({ ...named(collection), partition_name: partition }),
    );
  }

  async releasePartitions(collection: CollectionName, partitions: readonly string[]): Promise<void> {
    await this.#connection.doOrMissing("ReleasePartitions", (client) =>
      client.releasePartitions({ ...named(collection), partition_names: [...partitions] }),
    );
  }

  async createIndex(collection: CollectionName, { field, name, params }: IndexDefinition): Promise<void> {
    // the SDK's type asks for a metric, which an index on a scalar column does not have; and it cannot send an empty list
    const extra = Object.keys(params).length > 0 && {
      extra_params: { ...params } as unknown as CreateIndexParam,
    };
    const request = { ...named(collection), field_name: field, index_name: name, ...extra };
    await this.#connection.do("CreateIndex", (client) => client.createIndex(request));
  }

  async dropIndex(collection: CollectionName, { field, name }: IndexDefinition): Promise<void> {
    const request = { ...named(collection), field_name: field, index_name: name };
    await this.#connection.doOrMissing("DropIndex", (client) => client.dropIndex(request));
  }

  /** Starts loading; does not wait for its end. */
  async loadCollection(collection: CollectionName, replicas: number): Promise<void> {
    const request = { ...named(collection), replica_number: replicas };
    await this.#connection.do("LoadCollection", (client) => client.loadCollectionAsync(request));
  }

  /** Starts loading; does not wait for its end. */
  async loadPartitions(
    collection: CollectionName,
    partitions: readonly string[],
    replicas: number,
  ): Promise<void> {
    const request = {
      ...named(collection),
      partition_names: [...partitions],
      replica_number: replicas,
    };
    await this.#connection.do("LoadPartitions", (client) => client.loadPartitions(request));
  }

  async releaseCollection(collection: CollectionName): Promise<void> {
    await this.#connection.doOrMissing("ReleaseCollection", (client) =>
      client.releaseCollection(named(collection)),
    );
  }

  /** Properties that are not named stay as they are. */
  async setProperties(
    collection: CollectionName,
    properties: Readonly<Record<string, string>>,
  ): Promise<void> {
    const request = { ...named(collection), properties: { ...properties } };
    await this.#connection.do("AlterCollection", (client) => client.alterCollectionProperties(request));
  }

  /** Since 2.5. */
  async dropProperties(collection: CollectionName, keys: readonly string[]): Promise<void> {
    const request = { ...named(collection), properties: [...keys] };
    await this.#connection.do("AlterCollection", (client) => client.dropCollectionProperties(request));
  }

  /** Moves it when another collection has it. */
  async putAlias(collection: CollectionName, alias: string): Promise<void> {
    const request = { ...named(collection), alias };
    const created = await this.#connection.isDone("CreateAlias", (client) => client.createAlias(request));
    if (!created) await this.#connection.do("AlterAlias", (client) => client.alterAlias(request));
  }

  async dropAlias(database: string, alias: string): Promise<void> {
    // the SDK's type does not know the database, and sends it
    const request = { db_name: database, alias };
    await this.#connection.doOrMissing("DropAlias", (client) => client.dropAlias(request));
  }

  async flush({ database, name }: CollectionName): Promise<void> {
    await this.#connection.doOrMissing("Flush", (client) =>
      client.flush({ db_name: database, collection_names: [name] }),
    );
  }
}

function showLoadedPartitions(collection: CollectionName): SdkCall<ShowPartitionsResponse> {
  return (client, { ShowPartitionsType }) =>
    client.showPartitions({ ...named(collection), type: ShowPartitionsType.Loaded });
}

function named({ database, name }: CollectionName): { db_name: string; collection_name: string } {
  return { db_name: database, collection_name: name };
}
