import assert from "node:assert/strict";
import fc from "fast-check";
import type { LaneEvent, Placed } from "../../src/model/change-event.js";
import { TickBuffer } from "../../src/order/tick-buffer.js";

type Step =
  { readonly kind: "record"; readonly event: LaneEvent } | { readonly kind: "tick"; readonly ts: bigint };

const laneEvent = (ts: fc.Arbitrary<bigint>): fc.Arbitrary<LaneEvent> =>
  fc
    .record({ ts, collectionId: fc.constantFrom(1n, 2n), kind: fc.constantFrom(0, 1, 2) })
    .map(({ kind, ts: at, collectionId }): LaneEvent => {
      const common = { ts: at, collectionId, partition: "p", partitionId: 0n, sizeBytes: 1 };
      if (kind === 0) return { ...common, kind: "insert", rows: 1, columns: [], isUpsertHalf: false };
      return kind === 1 ? { ...common, kind: "delete", keys: [] } : { ...common, kind: "drop-partition" };
    });

/** A channel as Milvus writes it: any order between ticks, and nothing up to a tick after it. */
const channel: fc.Arbitrary<Step[]> = fc
  .array(fc.tuple(fc.bigInt(0n, 6n), fc.array(fc.bigInt(1n, 15n), { maxLength: 8 })), { maxLength: 6 })
  .chain((spans) => {
    let tick = 0n;
    const parts = spans.map(([step, leads]) => {
      const records = leads.map((lead) => laneEvent(fc.constant(tick + lead)));
      tick += step;
      const ts = tick;
      return fc
        .tuple(...records)
        .map((events): Step[] => [
          ...events.map((event) => ({ kind: "record", event }) as const),
          { kind: "tick", ts },
        ]);
    });
    return fc.tuple(...parts).map((steps) => steps.flat());
  });

function rank({ kind }: LaneEvent): number {
  return kind === "delete" ? 0 : kind === "insert" ? 1 : 2;
}

/** The rule, said another way: smallest timestamp, then deletes, inserts, barriers, then as logged. */
function isBefore(a: Placed<LaneEvent>, b: Placed<LaneEvent>): boolean {
  if (a.event.ts !== b.event.ts) return a.event.ts < b.event.ts;
  if (rank(a.event) !== rank(b.event)) return rank(a.event) < rank(b.event);
  return a.place.offset < b.place.offset;
}

describe("TickBuffer, for any channel", () => {
  it("releases everything once, in order over all ticks, and nothing that a tick does not cover", () => {
    fc.assert(
      fc.property(channel, (steps) => {
        const buffer = new TickBuffer();
        const held: Placed<LaneEvent>[] = [];
        const released: Placed<LaneEvent>[] = [];
        for (const [offset, step] of steps.entries()) {
          if (step.kind === "tick") {
            const some = buffer.release(step.ts);
            assert.ok(some.every(({ event }) => event.ts <= step.ts));
            released.push(...some);
            assert.ok(held.every((placed) => placed.event.ts > step.ts || released.includes(placed)));
          } else {
            const placed = { event: step.event, place: { channel: "c", offset: BigInt(offset) } };
            held.push(placed);
            buffer.hold(placed);
          }
          assert.equal(buffer.waiting.length, held.length - released.length);
        }
        released.push(...buffer.release(2n ** 64n));
        for (const [i, placed] of released.entries()) {
          const next = released[i + 1];
          if (next !== undefined) assert.ok(isBefore(placed, next));
        }
        assert.equal(new Set(released).size, held.length);
      }),
      { numRuns: 500 },
    );
  });

  it("releases all of one collection when it is dropped, in order, and leaves the others", () => {
    fc.assert(
      fc.property(fc.array(laneEvent(fc.bigInt(1n, 9n)), { maxLength: 12 }), (events) => {
        const buffer = new TickBuffer();
        const placed = events.map((event, i) => ({ event, place: { channel: "c", offset: BigInt(i) } }));
        for (const one of placed) buffer.hold(one);
        const released = buffer.releaseCollection(1n);
        const ofOne = placed.filter(({ event }) => event.collectionId === 1n);
        assert.equal(new Set(released).size, ofOne.length);
        assert.ok(released.every(({ event }) => event.collectionId === 1n));
        for (const [i, one] of released.entries()) {
          const next = released[i + 1];
          if (next !== undefined) assert.ok(isBefore(one, next));
        }
        assert.equal(buffer.waiting.length, events.length - ofOne.length);
      }),
    );
  });
});
