import assert from "node:assert/strict";
import { CopyRate } from "../../../src/engine/copy-rate.js";
import { NEW_COPY } from "../../../src/model/row-copy.js";

const COPY = { ...NEW_COPY, totalRows: 1_000n, copiedRows: 400n };

describe("CopyRate", () => {
  it("says nothing of the end before there is a rate, or a number of rows", () => {
    let now = 5_000;
    const wallClock = (): number => now + 1_000_000;
    const rate = new CopyRate(() => now, wallClock);
    const { rowsPerSecond, estimatedEndMs } = rate.view(COPY);
    assert.deepEqual([rowsPerSecond, estimatedEndMs], [0, undefined]);
    rate.add(100);
    assert.equal(rate.view(COPY).rowsPerSecond, 0);
    now += 1_000;
    rate.add(100);
    const { totalRows, ...counted } = COPY;
    assert.equal(rate.view({ ...counted, totalRows: undefined }).estimatedEndMs, undefined);
    assert.deepEqual(rate.view(COPY), {
      copiedRows: 400n,
      totalRows,
      rowsPerSecond: 100,
      estimatedEndMs: wallClock() + 6_000,
    });
  });

  it("is that of the last ten seconds", () => {
    let now = 0;
    const rate = new CopyRate(() => now);
    for (; now < 60_000; now += 1_000) rate.add(now < 50_000 ? 1_000 : 50);
    now -= 1_000;
    assert.equal(rate.view(COPY).rowsPerSecond, 50);
    // WHEN nothing comes any more, it falls, and the end is not known at last
    now += 5_000;
    assert.ok(rate.view(COPY).rowsPerSecond < 50 && rate.view(COPY).rowsPerSecond > 0);
    now += 10_000;
    assert.deepEqual(rate.view(COPY), {
      copiedRows: 400n,
      totalRows: 1_000n,
      rowsPerSecond: 0,
      estimatedEndMs: undefined,
    });
  });

  it("expects the end now when more rows came than were counted", () => {
    let now = 0;
    const rate = new CopyRate(
      () => now,
      () => now,
    );
    rate.add(10);
    now += 1_000;
    rate.add(10);
    assert.equal(rate.view({ ...COPY, copiedRows: 2_000n }).estimatedEndMs, now);
  });
});
