import assert from "node:assert/strict";
import fc from "fast-check";
import { ChannelTracker, type PendingRecord } from "../../src/order/channel-tracker.js";

/** A record is read, a tick releases what is held, one of the released records becomes durable. */
type Step =
  | { readonly kind: "read" | "skip"; readonly gap: number }
  | { readonly kind: "tick"; readonly step: number; readonly keep: number }
  | { readonly kind: "done"; readonly which: number }
  | { readonly kind: "alone" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("read" as const), gap: fc.nat(1) }) },
  fc.record({ kind: fc.constant("skip" as const), gap: fc.nat(1) }),
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("tick" as const), step: fc.nat(2), keep: fc.nat(2) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("done" as const), which: fc.nat(20) }) },
  fc.constant({ kind: "alone" } as const),
);

/** What left together: with a tick, or before one (then its tick is 0). */
interface Group {
  readonly tick: bigint;
  readonly offsets: readonly bigint[];
}

interface Released {
  readonly offset: bigint;
  readonly pending: PendingRecord;
}

/** Knows by brute force what the tracker has to say. */
class Model {
  next = 100n;
  tick = 7n;
  readonly tracker = new ChannelTracker(100n, 7n);
  readonly done = new Set<bigint>();
  readonly released: Released[] = [];
  readonly groups: Group[] = [];
  held: bigint[] = [];

  take(some: Step): void {
    if (some.kind === "read" || some.kind === "skip") this.#read(some);
    else if (some.kind === "tick") this.#tick(some);
    else if (some.kind === "done") this.#done(some.which);
    else this.#release(0n, this.held.splice(0, 1));
  }

  /**
   * Offsets are not in the order of timestamps. So that a replay has everything
   * after the durable tick, a record holds until all that left with it, and before it, is durable.
   */
  get checkpoint(): bigint {
    const holding = [...this.held, ...this.#open.flatMap(({ offsets }) => offsets)];
    return holding.reduce((low, offset) => (offset < low ? offset : low), this.next);
  }

  get durableTick(): bigint {
    const durable = this.groups.slice(0, this.groups.length - this.#open.length);
    return durable.reduce((high, { tick }) => (tick > high ? tick : high), 7n);
  }

  get #open(): readonly Group[] {
    const first = this.groups.findIndex(({ offsets }) => offsets.some((offset) => !this.done.has(offset)));
    return first < 0 ? [] : this.groups.slice(first);
  }

  #read({ kind, gap }: { kind: "read" | "skip"; gap: number }): void {
    const offset = this.next + BigInt(gap);
    this.next = offset + 1n;
    if (kind === "skip") {
      this.tracker.skip(offset);
      return;
    }
    this.tracker.begin(offset);
    this.held.push(offset);
  }

  /** Some records are of a later tick, and stay. */
  #tick({ step: by, keep }: { step: number; keep: number }): void {
    this.tick += BigInt(by) + 1n;
    const taken = this.held.slice(keep);
    this.held = this.held.slice(0, keep);
    this.#release(this.tick, taken);
  }

  #release(tick: bigint, offsets: readonly bigint[]): void {
    this.groups.push({ tick, offsets });
    const all = tick === 0n ? this.tracker.releasedAlone(offsets) : this.tracker.released(tick, offsets);
    for (const [i, pending] of all.entries()) this.released.push({ offset: offsets[i] ?? 0n, pending });
  }

  /** Also says so of records that are done already: that must not count twice. */
  #done(which: number): void {
    const record = this.released[which % (this.released.length || 1)];
    record?.pending.done();
    if (record !== undefined) this.done.add(record.offset);
  }
}

describe("ChannelTracker, for any course of a channel", () => {
  it("has its checkpoint at the lowest record of no durable tick, and never moves it back", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const model = new Model();
        let last = model.tracker.checkpoint;
        for (const some of steps) {
          model.take(some);
          assert.equal(model.tracker.checkpoint, model.checkpoint);
          assert.ok(model.tracker.checkpoint >= last);
          last = model.tracker.checkpoint;
        }
      }),
      { numRuns: 500 },
    );
  });

  it("calls a tick durable when all that it and earlier ticks released is done, and only then", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const model = new Model();
        for (const some of steps) {
          model.take(some);
          assert.equal(model.tracker.durableTick, model.durableTick);
        }
      }),
      { numRuns: 500 },
    );
  });
});
