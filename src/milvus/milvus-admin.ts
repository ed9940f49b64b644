import {
  MilvusClient,
  ShowCollectionsType,
  type ClientConfig,
  type CreateIndexParam,
  type KeyValuePair,
} from "@zilliz/milvus2-sdk-node";
import type { MilvusAddress } from "../model/milvus-address.js";
import type { CollectionName } from "../model/selection.js";
import type { IndexDefinition } from "../model/structure.js";
import { errorOfCall, errorOfStatus, isMissing, isSuccess, type MilvusSide } from "./milvus-errors.js";
import { statusOfSdk, type SdkStatus } from "./sdk-status.js";

/** A line of a database's list of collections. */
export interface ListedCollection {
  readonly id: bigint;
  readonly name: string;
}

interface Answer {
  readonly status: SdkStatus;
}

/**
 * Catalogue and DDL of one Milvus, by its own SDK. Every method throws a
 * CdcError named after the side. Objects that are to be dropped and are gone
 * already, are no error: after a crash, steps are repeated.
 */
export class MilvusAdmin {
  readonly #side: MilvusSide;
  readonly #address: MilvusAddress;
  #client: MilvusClient | undefined;

  constructor(side: MilvusSide, address: MilvusAddress) {
    this.#side = side;
    this.#address = address;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.closeConnection();
  }

  async listDatabases(): Promise<readonly string[]> {
    return (await this.#ask("ListDatabases", (client) => client.listDatabases())).db_names;
  }

  async listCollections(database: string): Promise<readonly ListedCollection[]> {
    const answer = await this.#ask("ShowCollections", (client) =>
      client.showCollections({ db_name: database }),
    );
    return answer.data.map(({ id, name }) => ({ id: BigInt(id), name }));
  }

  /** Names of the collections that are loaded or being loaded. */
  async listLoaded(database: string): Promise<ReadonlySet<string>> {
    const answer = await this.#ask("ShowCollections", (client) =>
      client.showCollections({ db_name: database, type: ShowCollectionsType.Loaded }),
    );
    return new Set(answer.data.map(({ name }) => name));
  }

  async listPartitions(collection: CollectionName): Promise<readonly string[]> {
    return (await this.#ask("ShowPartitions", (client) => client.showPartitions(named(collection))))
      .partition_names;
  }

  async listIndexes(collection: CollectionName): Promise<readonly IndexDefinition[]> {
    // a collection without any index answers "not found"
    const answer = await this.#askOrMissing("DescribeIndex", (client) =>
      client.describeIndex(named(collection)),
    );
    return (answer?.index_descriptions ?? []).map((index) => ({
      field: index.field_name,
      name: index.index_name,
      params: Object.fromEntries(index.params.map(({ key, value }: KeyValuePair) => [key, String(value)])),
    }));
  }

  async createDatabase(database: string): Promise<void> {
    await this.#do("CreateDatabase", (client) => client.createDatabase({ db_name: database }));
  }

  async dropDatabase(database: string): Promise<void> {
    await this.#doOrMissing("DropDatabase", (client) => client.dropDatabase({ db_name: database }));
  }

  async dropCollection(collection: CollectionName): Promise<void> {
    await this.#doOrMissing("DropCollection", (client) => client.dropCollection(named(collection)));
  }

  async createPartition(collection: CollectionName, partition: string): Promise<void> {
    await this.#do("CreatePartition", (client) =>
      client.createPartition({ ...named(collection), partition_name: partition }),
    );
  }

  async dropPartition(collection: CollectionName, partition: string): Promise<void> {
    await this.#doOrMissing("DropPartition", (client) =>
      client.dropPartition({ ...named(collection), partition_name: partition }),
    );
  }

  async releasePartition(collection: CollectionName, partition: string): Promise<void> {
    await this.#doOrMissing("ReleasePartitions", (client) =>
      client.releasePartitions({ ...named(collection), partition_names: [partition] }),
    );
  }

  async createIndex(collection: CollectionName, { field, name, params }: IndexDefinition): Promise<void> {
    // the SDK's type asks for a metric, which an index on a scalar column does not have; and it cannot send an empty list
    const extra = Object.keys(params).length > 0 && {
      extra_params: { ...params } as unknown as CreateIndexParam,
    };
    const request = { ...named(collection), field_name: field, index_name: name, ...extra };
    await this.#do("CreateIndex", (client) => client.createIndex(request));
  }

  async dropIndex(collection: CollectionName, { field, name }: IndexDefinition): Promise<void> {
    const request = { ...named(collection), field_name: field, index_name: name };
    await this.#doOrMissing("DropIndex", (client) => client.dropIndex(request));
  }

  /** Starts loading; does not wait for its end. */
  async loadCollection(collection: CollectionName): Promise<void> {
    await this.#do("LoadCollection", (client) => client.loadCollectionAsync(named(collection)));
  }

  async releaseCollection(collection: CollectionName): Promise<void> {
    await this.#doOrMissing("ReleaseCollection", (client) => client.releaseCollection(named(collection)));
  }

  async flush({ database, name }: CollectionName): Promise<void> {
    await this.#doOrMissing("Flush", (client) =>
      client.flush({ db_name: database, collection_names: [name] }),
    );
  }

  async #ask<A extends Answer>(call: string, action: (client: MilvusClient) => Promise<A>): Promise<A> {
    const answer = await this.#run(call, action);
    this.#check(call, answer.status);
    return answer;
  }

  async #askOrMissing<A extends Answer>(
    call: string,
    action: (client: MilvusClient) => Promise<A>,
  ): Promise<A | undefined> {
    const answer = await this.#run(call, action);
    if (isMissing(statusOfSdk(answer.status))) return undefined;
    this.#check(call, answer.status);
    return answer;
  }

  async #do(call: string, action: (client: MilvusClient) => Promise<SdkStatus>): Promise<void> {
    this.#check(call, await this.#run(call, action));
  }

  async #doOrMissing(
    call: string,
    action: (client: MilvusClient) => Promise<SdkStatus | Answer>,
  ): Promise<void> {
    const answer = await this.#run(call, action);
    const status = "status" in answer ? answer.status : answer;
    if (!isMissing(statusOfSdk(status))) this.#check(call, status);
  }

  #check(call: string, status: SdkStatus): void {
    const known = statusOfSdk(status);
    if (!isSuccess(known)) throw errorOfStatus(this.#side, call, known);
  }

  async #run<A>(call: string, action: (client: MilvusClient) => Promise<A>): Promise<A> {
    try {
      return await action(await this.#connected());
    } catch (error) {
      throw errorOfCall(this.#side, call, this.#address.endpoint, error);
    }
  }

  /** A client whose first connection failed never recovers, so it is made anew. */
  async #connected(): Promise<MilvusClient> {
    const client = (this.#client ??= new MilvusClient(clientConfig(this.#address)));
    try {
      await client.connectPromise;
      return client;
    } catch (error) {
      if (this.#client === client) await this.close();
      throw error;
    }
  }
}

function named({ database, name }: CollectionName): { db_name: string; collection_name: string } {
  return { db_name: database, collection_name: name };
}

/** Its own retries are off: they hide from the operator what fails, and how often. */
function clientConfig({
  endpoint,
  token,
  username,
  password,
  tls,
  connectTimeoutMs,
}: MilvusAddress): ClientConfig {
  return {
    address: endpoint,
    ...(token !== undefined && { token }),
    ...(username !== undefined && { username, password: password ?? "" }),
    ssl: tls !== undefined,
    ...(tls !== undefined && {
      tls: {
        ...(tls.serverName !== undefined && { serverName: tls.serverName }),
        ...(tls.caPath !== undefined && { rootCertPath: tls.caPath }),
        ...(tls.keyPath !== undefined && { privateKeyPath: tls.keyPath }),
        ...(tls.certPath !== undefined && { certChainPath: tls.certPath }),
      },
    }),
    timeout: connectTimeoutMs,
    maxRetries: 0,
    telemetry: { enabled: false },
    logLevel: "error",
  };
}
