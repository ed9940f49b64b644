import { untilAborted } from "../../async/abort.js";
import type { Mutex } from "../../async/mutex.js";
import type { MilvusAdmin } from "../../milvus/milvus-admin.js";
import type { MilvusRpc } from "../../milvus/milvus-rpc.js";
import { readStructure } from "../../milvus/read-structure.js";
import { CdcError } from "../../model/errors.js";
import { fullName, type CollectionName } from "../../model/selection.js";
import type { CollectionStructure, StructureStep } from "../../model/structure.js";

/** Reads and changes what collections of one target have beside schema and rows. */
export class TargetStructure {
  readonly #admin: MilvusAdmin;
  readonly #rpc: MilvusRpc;
  readonly #aliases: Mutex;

  /** Collections of one target share the mutex: an alias that one of them takes over must not be dropped by the other. */
  constructor(admin: MilvusAdmin, rpc: MilvusRpc, aliases: Mutex) {
    this.#admin = admin;
    this.#rpc = rpc;
    this.#aliases = aliases;
  }

  async read(name: CollectionName, signal: AbortSignal): Promise<CollectionStructure> {
    const described = await this.#rpc.describeCollection(name, signal);
    if (described === undefined)
      throw new CdcError("TARGET_NOT_READY", `${fullName(name)} is not on the target any more`);
    return readStructure(this.#admin, name, described, signal);
  }

  countQueryNodes(signal: AbortSignal): Promise<number> {
    return untilAborted(this.#admin.countQueryNodes(), signal);
  }

  take(step: StructureStep, name: CollectionName, signal: AbortSignal): Promise<void> {
    return untilAborted(this.#take(step, name, signal), signal);
  }

  #take(step: StructureStep, name: CollectionName, signal: AbortSignal): Promise<void> {
    switch (step.kind) {
      case "create-partition":
        return this.#admin.createPartition(name, step.partition);
      case "create-index":
        return this.#admin.createIndex(name, step.index);
      case "drop-index":
        return this.#admin.dropIndex(name, step.index);
      case "set-properties":
        return this.#admin.setProperties(name, step.properties);
      case "drop-properties":
        return this.#admin.dropProperties(name, step.keys);
      case "load":
        return this.#admin.loadCollection(name, step.replicas);
      case "load-partitions":
        return this.#admin.loadPartitions(name, step.partitions, step.replicas);
      case "release":
        return this.#admin.releaseCollection(name);
      case "release-partitions":
        return this.#admin.releasePartitions(name, step.partitions);
      case "create-alias":
        return this.#aliases.run(() => this.#admin.putAlias(name, step.alias));
      case "drop-alias":
        return this.#aliases.run(() => this.#dropAlias(name, step.alias, signal));
    }
  }

  async #dropAlias(name: CollectionName, alias: string, signal: AbortSignal): Promise<void> {
    const described = await this.#rpc.describeCollection(name, signal);
    if (described?.aliases.includes(alias) === true) await this.#admin.dropAlias(name.database, alias);
  }

  /** One of a loaded collection has to be released first, which is the server's rule. */
  async dropPartition(name: CollectionName, partition: string, signal: AbortSignal): Promise<void> {
    await untilAborted(this.#admin.releasePartitions(name, [partition]), signal);
    await untilAborted(this.#admin.dropPartition(name, partition), signal);
  }

  /** Drops the collection with its aliases: a server leaves them behind, and their names cannot be used then. */
  dropCollection(name: CollectionName, signal: AbortSignal): Promise<void> {
    const drop = async (): Promise<void> => {
      const described = await this.#rpc.describeCollection(name, signal);
      // of another collection: this one is gone
      if (described?.aliases.includes(name.name) === true) return;
      for (const alias of described?.aliases ?? []) await this.#admin.dropAlias(name.database, alias);
      await this.#admin.dropCollection(name);
    };
    return untilAborted(this.#aliases.run(drop), signal);
  }
}
