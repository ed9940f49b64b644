import type { CollectionId, ChannelName } from "../model/ids.js";
import { mapCollection } from "../model/name-mapping.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import { isSelected, type CollectionName } from "../model/selection.js";
import type { TaskSpec } from "../model/task.js";
import type { Listing, SourceCatalogue } from "../source/source-catalogue.js";
import { Lane } from "./lane.js";
import type { LaneDeps } from "./lane-deps.js";
import type { RetryBoard } from "./retry-board.js";

/** What the set needs beside its lanes' needs. */
export interface LaneSetDeps {
  readonly spec: TaskSpec;
  readonly catalogue: SourceCatalogue;
  readonly retries: RetryBoard;
  readonly stopping: AbortSignal;
  readonly remember: (collection: ReplicatedCollection) => Promise<void>;
  readonly laneDeps: (collection: ReplicatedCollection) => LaneDeps;
  /** A lane ended in a way that ends the task. */
  readonly onFailure: (error: unknown) => void;
}

/** The lanes of one task: a collection gets its own when it is first seen on the source. */
export class LaneSet {
  readonly #deps: LaneSetDeps;
  readonly #lanes = new Map<CollectionId, Lane>();
  readonly #byChannel = new Map<ChannelName, Set<Lane>>();
  readonly #running = new Set<Promise<void>>();
  /** Ids that were dropped, or never were, or are not selected; ids are never used again. */
  readonly #ignored = new Set<CollectionId>();

  constructor(deps: LaneSetDeps) {
    this.#deps = deps;
  }

  get all(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  get(id: CollectionId): Lane | undefined {
    return this.#lanes.get(id);
  }

  ofChannel(channel: ChannelName): ReadonlySet<Lane> {
    return this.#byChannel.get(channel) ?? new Set();
  }

  named({ database, name }: CollectionName): readonly Lane[] {
    return this.all.filter(
      ({ collection: { source } }) => source.database === database && source.name === name,
    );
  }

  isWanted(name: CollectionName): boolean {
    return isSelected(this.#deps.spec, name);
  }

  isIgnored(id: CollectionId): boolean {
    return this.#ignored.has(id);
  }

  ignore(id: CollectionId): void {
    this.#ignored.add(id);
  }

  /** Takes up lanes of an earlier run. Older collections go first, since they hold the names that younger ones wait for. */
  restore(collections: readonly ReplicatedCollection[]): void {
    const oldestFirst = [...collections].sort((a, b) => (a.createdTs < b.createdTs ? -1 : 1));
    for (const collection of oldestFirst) this.#start(collection);
  }

  /** Makes lanes for selected collections that have none. */
  async adopt(listing: Listing): Promise<void> {
    const oldestFirst = [...listing.collections].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [id, name] of oldestFirst) {
      if (this.#lanes.has(id) || this.#ignored.has(id)) continue;
      if (this.isWanted(name)) await this.#adopt(id, name);
    }
  }

  /** Resolves when no lane runs any more. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #adopt(id: CollectionId, name: CollectionName): Promise<void> {
    const { catalogue, retries, spec, remember, stopping } = this.#deps;
    const found = await retries.retry(
      "catalogue of the source",
      () => catalogue.describe(name, stopping),
      stopping,
    );
    // dropped, or made anew, since it was listed: the next look tells
    if (found?.id !== id || this.#ignored.has(id)) return;
    const collection: ReplicatedCollection = {
      id,
      source: name,
      target: mapCollection(spec.nameMappings, name),
      description: found.description,
      channels: found.channels,
      createdTs: found.createdTs,
      barrierTs: 0n,
      partitions: new Map(),
    };
    await remember(collection);
    this.#start(collection);
  }

  #start(collection: ReplicatedCollection): void {
    const lane = new Lane(collection, this.#deps.laneDeps(collection));
    this.#lanes.set(collection.id, lane);
    for (const channel of collection.channels) {
      const lanes = this.#byChannel.get(channel) ?? new Set();
      this.#byChannel.set(channel, lanes.add(lane));
    }
    const running: Promise<void> = lane
      .run()
      .then(() => {
        if (lane.isDropped) this.#remove(lane);
      }, this.#deps.onFailure)
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #remove(lane: Lane): void {
    const { id, channels } = lane.collection;
    this.ignore(id);
    this.#lanes.delete(id);
    for (const channel of channels) this.#byChannel.get(channel)?.delete(lane);
  }
}
