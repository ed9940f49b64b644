import { Mutex } from "../async/mutex.js";
import { untilAborted } from "../async/abort.js";
import { CdcError } from "../model/errors.js";
import type { CollectionId, HybridTs } from "../model/ids.js";
import type { ReplicatedCollection } from "../model/replicated-collection.js";
import type { CollectionName } from "../model/selection.js";
import { structureSteps, type StructureStep } from "../model/structure.js";
import type { TargetCollection } from "../sink/applier.js";
import type { LaneDeps } from "./lane-deps.js";

interface Request {
  readonly ts: HybridTs;
  readonly isFlush: boolean;
  readonly done: () => void;
}

/**
 * Keeps partitions, indexes and the load state of one collection equal.
 *
 * It compares both sides and applies the difference, instead of repeating the
 * requests of the log: some of those failed at the source, some never got into
 * the log, and a comparison heals both. A request of the log only says when to
 * look: once every shard has passed its timestamp.
 */
export class StructureKeeper {
  readonly #id: CollectionId;
  readonly #source: CollectionName;
  readonly #deps: LaneDeps;
  readonly #passed: () => HybridTs;
  readonly #mutex = new Mutex();
  #requests: Request[] = [];
  #wake: (() => void) | undefined;
  #barriers = 0;
  #isEnded = false;
  #problem: string | undefined;

  constructor({ id, source }: ReplicatedCollection, deps: LaneDeps, passed: () => HybridTs) {
    this.#id = id;
    this.#source = source;
    this.#deps = deps;
    this.#passed = passed;
  }

  /** Asks for a look once the shards have passed `ts`; resolves when it was done. */
  request(ts: HybridTs, isFlush: boolean): Promise<void> {
    if (this.#isEnded) return Promise.resolve();
    return new Promise((resolve) => {
      this.#requests.push({ ts, isFlush, done: resolve });
      this.#wake?.();
    });
  }

  /** A shard has passed a tick. */
  advanced(): void {
    if (this.#requests.length > 0) this.#wake?.();
  }

  /** Keeps comparisons away from a barrier: what was seen before it must not be applied after it. */
  exclusively(action: () => Promise<void>): Promise<void> {
    this.#barriers++;
    return this.#mutex.run(action);
  }

  /** What the target refuses to have like the source; undefined when all is equal. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Answers all requests, also later ones: nothing is compared any more. */
  end(): void {
    this.#isEnded = true;
    for (const { done } of this.#requests.splice(0)) done();
  }

  /** Serves requests until the signal aborts. The first look needs no request. */
  async run(target: TargetCollection, signal: AbortSignal): Promise<never> {
    void this.request(0n, false);
    for (;;) {
      const passed = this.#passed();
      const due = this.#requests.filter(({ ts }) => ts <= passed);
      if (due.length === 0) {
        await this.#woken(signal);
        continue;
      }
      this.#requests = this.#requests.filter((request) => !due.includes(request));
      await this.#serve(due, target, signal);
      for (const { done } of due) done();
    }
  }

  async #serve(due: readonly Request[], target: TargetCollection, signal: AbortSignal): Promise<void> {
    const { retries, aborting } = this.#deps;
    const place = `structure of ${this.#source.database}.${this.#source.name}`;
    await retries.retry(place, () => this.#equalize(target), signal);
    if (due.some(({ isFlush }) => isFlush)) await retries.retry(place, () => target.flush(aborting), signal);
  }

  async #equalize(target: TargetCollection): Promise<void> {
    const { catalogue, aborting } = this.#deps;
    for (let barriers = -1; barriers !== this.#barriers;) {
      barriers = this.#barriers;
      const wanted = await catalogue.structure(this.#id, this.#source, aborting);
      // its drop is on the way, or its next name
      if (wanted === undefined) return;
      const steps = structureSteps(wanted, await target.structure(aborting));
      this.#problem = undefined;
      for (const step of steps) {
        await this.#mutex.run(async () => {
          if (barriers === this.#barriers) await this.#takeStep(step, target);
        });
      }
    }
  }

  /** What the target refuses for good is said, and does not stop the rows. */
  async #takeStep(step: StructureStep, target: TargetCollection): Promise<void> {
    try {
      await target.takeStep(step, this.#deps.aborting);
    } catch (error) {
      const known = CdcError.from(error);
      if (known.action !== "block") throw known;
      this.#problem = `${step.kind} is not possible on the target: ${known.message}`;
    }
  }

  async #woken(signal: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await untilAborted(woken, signal);
  }
}
