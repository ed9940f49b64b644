import { hybridTs, type ChannelName, type CollectionId, type HybridTs } from "../model/ids.js";
import type { ChannelProgress } from "../model/position.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import { isSelected, type CollectionName } from "../model/selection.js";
import { NEW_COPY } from "../model/row-copy.js";
import type { TaskRecord } from "../model/task.js";
import type { Listing, SourceCatalogue, SourceCollection } from "../source/source-catalogue.js";
import { Lane } from "./lane.js";
import type { LaneDeps } from "./lane-deps.js";
import { newCollection } from "./new-collection.js";
import type { RetryBoard } from "./retry-board.js";

/** What the set needs beside its lanes' needs. */
export interface LaneSetDeps {
  readonly task: TaskRecord;
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
  /** Ids that were dropped, or never were; ids are never used again. */
  readonly #gone = new Set<CollectionId>();
  /** Ids that are not selected under their present names, and have records that were let go. */
  readonly #unwanted = new Set<CollectionId>();
  /** Up to which ticks earlier runs had come. */
  #passed: ReadonlyMap<ChannelName, HybridTs> = new Map();

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
    return isSelected(this.#deps.task.spec, name);
  }

  isIgnored(id: CollectionId): boolean {
    return this.#gone.has(id) || this.#unwanted.has(id);
  }

  /** Its records are let go for good. */
  dismiss(id: CollectionId): void {
    this.#gone.add(id);
  }

  /** Its records are let go for as long as it is not selected. */
  ignore(id: CollectionId): void {
    this.#unwanted.add(id);
  }

  /**
   * Takes up lanes of an earlier run, which had come to these positions. Those that are on the
   * target go first, since they have the names that others wait for.
   */
  restore(collections: readonly ReplicatedCollection[], positions: readonly ChannelProgress[]): void {
    this.#passed = new Map(positions.map(({ channel, tick }) => [channel, tick]));
    const oldestFirst = [...collections].sort((a, b) => (a.createdTs < b.createdTs ? -1 : 1));
    const [opened, others] = [true, false].map((isOpened) =>
      oldestFirst.filter(({ isMerged }) => (isMerged !== undefined) === isOpened),
    );
    for (const collection of [...(opened ?? []), ...(others ?? [])]) this.#start(collection);
  }

  /** Makes lanes for selected collections that have none. */
  async adopt(listing: Listing): Promise<void> {
    const oldestFirst = [...listing.collections].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [id, name] of oldestFirst) {
      // one that was selected stays so under its next names
      if (this.#lanes.has(id)) await this.#lanes.get(id)?.seen(name);
      else if (!this.#gone.has(id) && this.isWanted(name)) await this.#adopt(id, name);
    }
  }

  /** Resolves when no lane runs any more. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #adopt(id: CollectionId, name: CollectionName): Promise<void> {
    const { catalogue, retries, remember, stopping } = this.#deps;
    const found = await retries.retry(
      "catalogue of the source",
      () => catalogue.describe(name, stopping),
      stopping,
    );
    // dropped, or made anew, since it was listed: the next look tells
    if (found?.id !== id || this.#gone.has(id)) return;
    const letGoUntil = this.#unwanted.has(id) || this.#isOld(found) ? await this.#now() : undefined;
    const collection = this.#beginning(found, letGoUntil);
    await remember(collection);
    this.#unwanted.delete(id);
    this.#start(collection);
  }

  /** What is older than the task, or had records that were let go, has rows that no record will tell of. */
  #beginning(found: SourceCollection, letGoUntil?: HybridTs): ReplicatedCollection {
    const { spec, startTs } = this.#deps.task;
    const collection = newCollection(spec, found);
    if (letGoUntil !== undefined) return { ...collection, barrierTs: letGoUntil, copy: NEW_COPY };
    if (spec.start.kind === "time") return { ...collection, barrierTs: hybridTs(spec.start.ms) - 1n };
    if (spec.start.kind !== "snapshot" || found.createdTs > startTs) return collection;
    return { ...collection, barrierTs: startTs, copy: NEW_COPY };
  }

  /** Whether an earlier run may have let records of it go: it was not selected then, or it would have a lane. */
  #isOld({ channels, createdTs }: SourceCollection): boolean {
    return channels.some((channel) => (this.#passed.get(channel) ?? 0n) >= createdTs);
  }

  #now(): Promise<HybridTs> {
    const { catalogue, retries, stopping } = this.#deps;
    return retries.retry("catalogue of the source", () => catalogue.now(stopping), stopping);
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
    this.dismiss(id);
    this.#lanes.delete(id);
    for (const channel of channels) this.#byChannel.get(channel)?.delete(lane);
  }
}
