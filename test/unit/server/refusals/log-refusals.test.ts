import assert from "node:assert/strict";
import { Rates } from "../../../../src/server/auth/rates.js";
import { logRefusals } from "../../../../src/server/refusals/log-refusals.js";
import type { RefusalReason } from "../../../../src/server/refusals/refusal.js";

describe("logRefusals", () => {
  it("writes a line of each reason in a second, which tells how many came since the one before", () => {
    let nowMs = 0;
    const lines: unknown[] = [];
    const ignore = (): void => undefined;
    const logger = { debug: ignore, error: ignore, info: (fields: unknown) => void lines.push(fields) };
    const tell = logRefusals(logger, new Rates(1, () => nowMs));
    const refuse = (reason: RefusalReason, times: number): void => {
      for (let i = 0; i < times; i++) tell({ reason, protocol: "cdc", from: `10.0.0.${i}` });
    };
    refuse("token_unknown", 10);
    refuse("rate", 1);
    nowMs = 1_000;
    refuse("token_unknown", 2);
    nowMs = 2_000;
    refuse("token_unknown", 1);
    const protocol = "cdc";
    assert.deepEqual(lines, [
      { reason: "token_unknown", protocol, from: "10.0.0.0" },
      { reason: "token_unknown", protocol, from: "10.0.0.1" },
      { reason: "rate", protocol, from: "10.0.0.0" },
      { reason: "token_unknown", protocol, from: "10.0.0.0", unlogged: 8 },
      { reason: "token_unknown", protocol, from: "10.0.0.0", unlogged: 1 },
    ]);
  });
});
