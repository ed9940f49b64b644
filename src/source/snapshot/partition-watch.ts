import { untilAborted } from "../../async/abort.js";
import type { MilvusAdmin } from "../../milvus/milvus-admin.js";
import type { MilvusRpc } from "../../milvus/milvus-rpc.js";
import type { CollectionId } from "../../model/ids.js";
import { isSameName, type CollectionName } from "../../model/selection.js";
import type { RowCollection, SourcePartition } from "../row-source.js";
import { LoadedSince } from "./loaded-since.js";
import { RecentMap } from "./recent-map.js";

/** A partition that is not loaded has no percentage; one that can be read has 100. */
const LOADED = 100;
/** For so long a look stands for the next one before it. Releasing and loading again takes a server longer. */
const RECENT_MS = 250;
/** More than anybody reads at once. */
const MAX_COLLECTIONS = 1_000;

/** The partitions of a collection at one moment. */
export interface PartitionsSeen {
  readonly all: readonly SourcePartition[];
  /** How far each is loaded, in percent, by its id; those that are not are missing. */
  readonly loads: ReadonlyMap<bigint, number>;
  /** Since when each has been seen to be loaded, in ms of the process's clock. */
  readonly loadedSince: ReadonlyMap<bigint, number>;
}

interface Look {
  readonly name: CollectionName;
  readonly seen: PartitionsSeen;
  /** Of the process's clock. */
  readonly endMs: number;
}

/** Looks after the partitions of collections of a source. */
export class PartitionWatch {
  readonly #rpc: MilvusRpc;
  readonly #admin: MilvusAdmin;
  readonly #loadedSince = new LoadedSince();
  readonly #last = new RecentMap<CollectionId, Look>(MAX_COLLECTIONS);

  constructor(rpc: MilvusRpc, admin: MilvusAdmin) {
    this.#rpc = rpc;
    this.#admin = admin;
  }

  /** As `look`, or what it answered a moment ago: for who looks again behind what he asks. */
  async recent(collection: RowCollection, signal: AbortSignal): Promise<PartitionsSeen | undefined> {
    return this.#recentOf(collection) ?? (await this.look(collection, signal));
  }

  /** Undefined when the name is not, or no longer, that of the collection. */
  async look(collection: RowCollection, signal: AbortSignal): Promise<PartitionsSeen | undefined> {
    const { id, name } = collection;
    if (this.#recentOf(collection) === undefined && !(await this.isSame(collection, signal)))
      return undefined;
    const lists = Promise.all([this.#admin.listPartitionIds(name), this.#admin.listPartitionLoads(name)]);
    const [all, loads] = await untilAborted(lists, signal);
    // lists are by name, and one of another collection could miss partitions of this one
    if (all === undefined || loads === undefined || !(await this.isSame(collection, signal)))
      return undefined;
    const loaded = [...loads].filter(([, percent]) => percent >= LOADED).map(([partition]) => partition);
    const endMs = performance.now();
    const seen = { all, loads, loadedSince: this.#loadedSince.note(id, loaded, endMs) };
    this.#last.set(id, { name, seen, endMs });
    return seen;
  }

  #recentOf({ id, name }: RowCollection): PartitionsSeen | undefined {
    const last = this.#last.get(id);
    const isRecent =
      last !== undefined && isSameName(last.name, name) && performance.now() - last.endMs < RECENT_MS;
    return isRecent ? last.seen : undefined;
  }

  /** Whether the name is that of the collection now. */
  async isSame({ id, name }: RowCollection, signal: AbortSignal): Promise<boolean> {
    return (await this.#rpc.describeCollection(name, signal))?.collectionId === id;
  }
}

export type LoadState = "gone" | "not loaded" | "loading" | "loaded";

/** Of one partition, or of all together for the empty name. */
export function loadStateOf({ all, loads }: PartitionsSeen, { name, id }: SourcePartition): LoadState {
  const wanted =
    name === "" ? all : all.filter((partition) => partition.id === id && partition.name === name);
  if (wanted.length === 0) return "gone";
  const percents = wanted.map((partition) => loads.get(partition.id));
  if (percents.includes(undefined)) return "not loaded";
  return percents.every((percent = 0) => percent >= LOADED) ? "loaded" : "loading";
}
