import assert from "node:assert/strict";
import { CatalogueWatch } from "../../../src/engine/catalogue-watch.js";
import { RetryBoard } from "../../../src/engine/retry-board.js";
import { CdcError } from "../../../src/model/errors.js";
import type { Listing } from "../../../src/source/source-catalogue.js";
import { FakeSource } from "../../support/engine-fake-source.js";
import { Faults } from "../../support/engine-gate.js";
import { VirtualTime } from "../../support/engine-virtual-time.js";

class WatchHarness implements Disposable {
  readonly time = new VirtualTime();
  readonly source = new FakeSource(["c0"]);
  readonly faults = new Faults();
  readonly stop = new AbortController();
  /** Ids of each listing that was handed on. */
  readonly looks: (readonly bigint[])[] = [];
  readonly watch: CatalogueWatch;

  constructor() {
    const onListing = ({ collections }: Listing): Promise<void> => {
      this.looks.push([...collections.keys()]);
      return Promise.resolve();
    };
    const retries = new RetryBoard(() => undefined);
    this.watch = new CatalogueWatch(
      this.source.catalogue(this.faults.gate),
      retries,
      onListing,
      this.stop.signal,
    );
  }

  [Symbol.dispose](): void {
    this.stop.abort();
    this.time[Symbol.dispose]();
  }
}

describe("CatalogueWatch", () => {
  it("has seen, when a refresh resolves, what existed when it was asked, although calls share looks", async () => {
    // GIVEN a look that is under way
    using w = new WatchHarness();
    const held = w.faults.hold("list");
    const first = w.watch.refresh();
    await held.arrived;
    // WHEN a collection is made, and two ask for it
    const { id } = w.source.create("c", ["c0"]);
    const asked = [w.watch.refresh(), w.watch.refresh()];
    held.release();
    await Promise.all([first, ...asked]);
    // THEN one more look was enough, and it saw it
    assert.equal(w.looks.length, 2);
    assert.deepEqual(w.looks[1], [id]);
  });

  it("looks often while a creation is expected, and gives up on one that never happened", async () => {
    using w = new WatchHarness();
    w.watch.run().catch(() => undefined);
    await w.time.advance(3_100);
    const quiet = w.looks.length;
    w.watch.expect(7n);
    await w.time.advance(1_000);
    const expecting = w.looks.length;
    await w.time.advance(6_000);
    const later = w.looks.length;
    await w.time.advance(3_000);
    assert.equal(quiet, 1);
    assert.ok(expecting > 10);
    assert.equal(w.looks.length, later + 1);
  });

  it("looks often no more once the expected collection is seen", async () => {
    using w = new WatchHarness();
    const { id } = w.source.create("c", ["c0"]);
    w.watch.run().catch(() => undefined);
    w.watch.expect(id);
    await w.time.advance(200);
    assert.ok(w.looks.length <= 2);
  });

  it("goes on after a failure of the source, and of the one who hears of it", async () => {
    using w = new WatchHarness();
    w.faults.reject("list", new CdcError("SOURCE_UNAVAILABLE", "down"), 3);
    await w.time.whenDone("it looks", w.watch.refresh());
    assert.equal(w.looks.length, 1);
    w.faults.reject("list", new CdcError("SOURCE_UNAUTHENTICATED", "no"), 5);
    await assert.rejects(w.time.whenDone("it looks", w.watch.refresh()), /no/);
    await w.watch.refresh();
  });
});
