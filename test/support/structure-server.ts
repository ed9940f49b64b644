import assert from "node:assert/strict";
import type { CollectionStructure, StructureStep } from "../../src/model/structure.js";

/** A collection whose server refuses what Milvus refuses. Its field `vector` needs an index to be loaded. */
export class StructureServer {
  /** Aliases of another collection of the database: each is of one only. */
  readonly elsewhere: Set<string>;
  #now: CollectionStructure;
  /** Loaded as a whole, also with the partitions that are still to come. */
  #isWhole: boolean;

  constructor(structure: CollectionStructure, elsewhere: readonly string[] = []) {
    this.#now = structure;
    this.#isWhole = structure.partitions.every((partition) => structure.loaded.includes(partition));
    this.elsewhere = new Set(elsewhere.filter((alias) => !structure.aliases.includes(alias)));
  }

  get structure(): CollectionStructure {
    return this.#now;
  }

  take(step: StructureStep): void {
    const { partitions, indexes, loaded, aliases, properties } = this.#now;
    switch (step.kind) {
      case "create-partition":
        assert.ok(!partitions.includes(step.partition));
        this.#set({ partitions: [...partitions, step.partition] });
        if (loaded.length > 0 && this.#isWhole) this.#set({ loaded: [...loaded, step.partition] });
        break;
      case "drop-index":
        assert.equal(loaded.length, 0, "an index of a loaded collection cannot be dropped");
        assert.ok(indexes.includes(step.index));
        this.#set({ indexes: indexes.filter((other) => other !== step.index) });
        break;
      case "create-index":
        assert.ok(!indexes.some(({ field }) => field === step.index.field), "a field has one index");
        assert.ok(!indexes.some(({ name }) => name === step.index.name), "names are unique");
        this.#set({ indexes: [...indexes, step.index] });
        break;
      case "set-properties":
        this.#set({ properties: { ...properties, ...step.properties } });
        break;
      case "drop-properties":
        for (const key of step.keys) assert.ok(Object.hasOwn(properties, key));
        this.#set({
          properties: Object.fromEntries(
            Object.entries(properties).filter(([key]) => !step.keys.includes(key)),
          ),
        });
        break;
      case "release":
        assert.ok(loaded.length > 0);
        this.#release(loaded);
        break;
      case "release-partitions":
        this.#checkPartitions(step.partitions);
        this.#release(step.partitions);
        break;
      case "load":
        this.#load(partitions, step.replicas);
        this.#isWhole = true;
        break;
      case "load-partitions":
        this.#checkPartitions(step.partitions);
        if (loaded.length === 0) this.#isWhole = false;
        this.#load(step.partitions, step.replicas);
        break;
      case "create-alias":
        assert.ok(!aliases.includes(step.alias));
        this.elsewhere.delete(step.alias);
        this.#set({ aliases: [...aliases, step.alias] });
        break;
      case "drop-alias":
        assert.ok(aliases.includes(step.alias));
        this.#set({ aliases: aliases.filter((alias) => alias !== step.alias) });
        break;
    }
  }

  #checkPartitions(partitions: readonly string[]): void {
    assert.ok(partitions.length > 0);
    for (const partition of partitions) assert.ok(this.#now.partitions.includes(partition));
  }

  #load(partitions: readonly string[], replicas: number): void {
    const { indexes, loaded, replicas: present } = this.#now;
    assert.ok(
      indexes.some(({ field }) => field === "vector"),
      "it cannot be loaded without its vector index",
    );
    assert.ok(loaded.length === 0 || replicas === present, "the replicas of a loaded collection are fixed");
    this.#set({ loaded: [...new Set([...loaded, ...partitions])], replicas });
  }

  #release(partitions: readonly string[]): void {
    const loaded = this.#now.loaded.filter((partition) => !partitions.includes(partition));
    this.#set({ loaded, replicas: loaded.length > 0 ? this.#now.replicas : 0 });
  }

  #set(change: Partial<CollectionStructure>): void {
    this.#now = { ...this.#now, ...change };
  }
}
