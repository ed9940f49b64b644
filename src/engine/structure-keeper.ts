import { fullName } from "../model/selection.js";
import { untilAborted } from "../async/abort.js";
import { Mutex } from "../async/mutex.js";
import type { HybridTs } from "../model/ids.js";
import type { StructureStep } from "../model/structure.js";
import type { TargetCollection } from "../sink/applier.js";
import type { CollectionRecord } from "./collection-record.js";
import type { LaneDeps } from "./lane-deps.js";
import { StructureEqualizer } from "./structure-equalizer.js";

interface Request {
  readonly ts: HybridTs;
  readonly isFlush: boolean;
  readonly done: () => void;
}

/**
 * Keeps partitions, indexes, loads, aliases and properties of one collection equal.
 *
 * It compares both sides and applies the difference, instead of repeating the
 * requests of the log: some of those failed at the source, some never got into
 * the log, and a comparison heals both. A request of the log only says when to
 * look: once every shard has passed its timestamp.
 */
export class StructureKeeper {
  readonly #record: CollectionRecord;
  readonly #deps: LaneDeps;
  readonly #passed: () => HybridTs;
  readonly #equalizer: StructureEqualizer;
  readonly #mutex = new Mutex();
  #requests: Request[] = [];
  #wake: (() => void) | undefined;
  #barriers = 0;
  #isFirstLook = true;
  #isEnded = false;

  constructor(record: CollectionRecord, deps: LaneDeps, passed: () => HybridTs) {
    this.#record = record;
    this.#deps = deps;
    this.#passed = passed;
    this.#equalizer = new StructureEqualizer(record, deps);
  }

  /**
   * Asks for a look once the shards have passed `ts`; resolves when it was done.
   * 0 is for looks that no record of the log asks for: what they find is healed.
   */
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

  /** How the target cannot be made like the source, each with what can be done about it. */
  get problems(): readonly string[] {
    return this.#equalizer.problems;
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
      try {
        await this.#serve(due, target, signal);
      } finally {
        // nobody waits for one whose collection ends
        for (const { done } of due) done();
      }
    }
  }

  async #serve(due: readonly Request[], target: TargetCollection, signal: AbortSignal): Promise<void> {
    const { retries, aborting } = this.#deps;
    const place = `structure of ${fullName(this.#record.current.source)}`;
    const isAsked = (): boolean => this.#isFirstLook || [...due, ...this.#requests].some(({ ts }) => ts > 0n);
    await retries.retry(place, () => this.#equalize(target, isAsked), signal);
    this.#isFirstLook = false;
    if (due.some(({ isFlush }) => isFlush)) await retries.retry(place, () => target.flush(aborting), signal);
  }

  /** A request that is still to come tells of what a look finds now, so that was asked for. */
  async #equalize(target: TargetCollection, isAsked: () => boolean): Promise<void> {
    const onStep = (step: StructureStep): void => {
      if (!isAsked()) this.#deps.onHealed(this.#record.current, step);
    };
    for (let barriers = -1; barriers !== this.#barriers;) {
      const seen = (barriers = this.#barriers);
      await this.#equalizer.equalize(target, (action) => this.#unlessBarrier(seen, action), onStep);
    }
  }

  #unlessBarrier(seen: number, action: () => Promise<void>): Promise<boolean> {
    return this.#mutex.run(async () => {
      if (seen !== this.#barriers) return false;
      await action();
      return true;
    });
  }

  async #woken(signal: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await untilAborted(woken, signal);
  }
}
