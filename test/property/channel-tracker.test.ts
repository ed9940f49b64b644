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
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("tick" as const), step: fc.nat(2), keep: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("done" as const), which: fc.nat(20) }) },
  fc.constant({ kind: "alone" } as const),
);

interface Released {
  readonly offset: bigint;
  readonly tick: bigint | undefined;
  readonly pending: PendingRecord;
}

/** Knows by brute force what the tracker has to say. */
class Model {
  next = 100n;
  tick = 7n;
  readonly tracker = new ChannelTracker(100n, 7n);
  readonly undone = new Set<bigint>();
  readonly released: Released[] = [];
  readonly ticks: bigint[] = [];
  held: bigint[] = [];

  take(some: Step): void {
    if (some.kind === "read" || some.kind === "skip") this.#read(some);
    else if (some.kind === "tick") this.#tick(some);
    else if (some.kind === "done") this.#done(some.which);
    else this.#alone();
  }

  get checkpoint(): bigint {
    return [...this.undone].reduce((low, offset) => (offset < low ? offset : low), this.next);
  }

  get durableTick(): bigint {
    const open = this.released.filter(({ offset, tick }) => tick !== undefined && this.undone.has(offset));
    const firstOpen = this.ticks.findIndex((tick) => open.some((record) => record.tick === tick));
    const durable = firstOpen < 0 ? this.ticks : this.ticks.slice(0, firstOpen);
    return durable.at(-1) ?? 7n;
  }

  #read({ kind, gap }: { kind: "read" | "skip"; gap: number }): void {
    const offset = this.next + BigInt(gap);
    this.next = offset + 1n;
    if (kind === "skip") {
      this.tracker.skip(offset);
      return;
    }
    this.tracker.begin(offset);
    this.undone.add(offset);
    this.held.push(offset);
  }

  /** Some records are of a later tick, and stay. */
  #tick({ step: by, keep }: { step: number; keep: number }): void {
    this.tick += BigInt(by) + 1n;
    const taken = this.held.slice(keep);
    this.held = this.held.slice(0, keep);
    this.ticks.push(this.tick);
    for (const [i, pending] of this.tracker.released(this.tick, taken).entries()) {
      this.released.push({ offset: taken[i] ?? 0n, tick: this.tick, pending });
    }
  }

  #alone(): void {
    const taken = this.held.splice(0, 1);
    for (const [i, pending] of this.tracker.releasedAlone(taken).entries()) {
      this.released.push({ offset: taken[i] ?? 0n, tick: undefined, pending });
    }
  }

  /** Also says so of records that are done already: that must not count twice. */
  #done(which: number): void {
    const record = this.released[which % (this.released.length || 1)];
    record?.pending.done();
    if (record !== undefined) this.undone.delete(record.offset);
  }
}

describe("ChannelTracker, for any course of a channel", () => {
  it("has its checkpoint at the lowest record that is not done, and never moves it back", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const model = new Model();
        let last = model.tracker.checkpoint;
        for (const some of steps) {
          model.take(some);
          assert.equal(model.tracker.checkpoint, model.checkpoint);
          assert.equal(model.tracker.next, model.next);
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
