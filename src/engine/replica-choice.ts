import type { CollectionStructure, StructureStep } from "../model/structure.js";
import type { TargetCollection } from "../sink/applier.js";

/**
 * A loaded collection is released for another number of replicas only when it
 * was wanted for this long: servers tell of fewer while one of their nodes is away.
 */
const SETTLED_AFTER_MS = 5 * 60_000;

/** Chooses in how many replicas a collection is loaded on the target: as on the source, if it can hold as many. */
export class ReplicaChoice {
  #nodes = 0;
  /** With this number of nodes, the target refused what should have been possible. */
  #isRefused = false;
  #otherSinceMs: number | undefined;
  #problem: string | undefined;

  get problem(): string | undefined {
    return this.#problem;
  }

  /** The source's structure, with the number of replicas that the target is to have. */
  async apply(
    wanted: CollectionStructure,
    found: CollectionStructure,
    target: TargetCollection,
    signal: AbortSignal,
  ): Promise<CollectionStructure> {
    // not loaded, or not told for the moment
    if (wanted.replicas === 0) return wanted;
    const replicas = await this.#possible(wanted, found, target, signal);
    if (found.replicas === 0) return { ...wanted, replicas };
    this.#otherSinceMs = replicas === found.replicas ? undefined : (this.#otherSinceMs ?? performance.now());
    const isSettled = performance.now() - (this.#otherSinceMs ?? 0) >= SETTLED_AFTER_MS;
    return { ...wanted, replicas: isSettled ? replicas : found.replicas };
  }

  refused(step: StructureStep): void {
    const isLoad = step.kind === "load" || step.kind === "load-partitions";
    if (isLoad && step.replicas > 1) this.#isRefused = true;
  }

  /** What the target has is possible, also while one of its nodes is away. */
  async #possible(
    wanted: CollectionStructure,
    found: CollectionStructure,
    target: TargetCollection,
    signal: AbortSignal,
  ): Promise<number> {
    const nodes = wanted.replicas > 1 ? await target.countQueryNodes(signal) : 1;
    if (nodes !== this.#nodes) this.#isRefused = false;
    this.#nodes = nodes;
    const most = this.#isRefused ? 1 : Math.max(1, nodes);
    const replicas = Math.min(wanted.replicas, Math.max(most, found.replicas));
    this.#problem = replicas === wanted.replicas ? undefined : problemOf(wanted.replicas, replicas, nodes);
    return replicas;
  }
}

function problemOf(wanted: number, replicas: number, nodes: number): string {
  return `it has ${wanted} replicas on the source, and ${replicas} on the target, which has ${nodes} query nodes. Add query nodes to the target.`;
}
