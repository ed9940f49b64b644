import assert from "node:assert/strict";
import { retentionMarginMs, type ChannelNeed } from "../../../src/model/retention-margin.js";

const NOW = 1_700_000_000_000;

/** A channel whose oldest needed record is so old, with 5 of the counter's bits that are no time. */
function need(ageMs: number, retentionMs?: number): ChannelNeed {
  return { tick: (BigInt(NOW - ageMs) << 18n) + 5n, isAtEnd: false, retentionMs };
}

describe("retentionMarginMs", () => {
  it("is what is left of the retention", () => {
    assert.equal(retentionMarginMs([need(1_000, 60_000)], NOW), 59_000);
  });

  it("is that of the channel that is nearest to its loss", () => {
    const channels = [need(1_000, 60_000), need(500, 10_000), need(40_000, 60_000)];
    assert.equal(retentionMarginMs(channels, NOW), 9_500);
  });

  it("is below zero when records may be gone already", () => {
    assert.equal(retentionMarginMs([need(70_000, 60_000), need(0, 60_000)], NOW), -10_000);
  });

  it("leaves out channels that keep everything, that have no time yet, and that are at their end", () => {
    const left = need(1_000, 60_000);
    const others = [need(9_000_000), { ...left, tick: 0n }, { ...need(59_999, 60_000), isAtEnd: true }];
    assert.equal(retentionMarginMs([...others, left], NOW), 59_000);
    assert.equal(retentionMarginMs(others, NOW), undefined);
    assert.equal(retentionMarginMs([], NOW), undefined);
  });
});
