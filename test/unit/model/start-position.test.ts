import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import { parseStartPosition, startPositionText } from "../../../src/model/start-position.js";

const NOW = Date.parse("2026-11-23T12:00:00Z");

describe("parseStartPosition", () => {
  for (const kind of ["snapshot", "latest", "earliest"] as const) {
    it(`knows ${kind}`, () => {
      assert.deepEqual(parseStartPosition(kind, NOW), { kind });
      assert.equal(startPositionText({ kind }), kind);
    });
  }

  const times: readonly [text: string, utc: string][] = [
    ["2026-11-23T12:00:00Z", "2026-11-23T12:00:00.000Z"],
    ["2026-11-23T11:59:59.9Z", "2026-11-23T11:59:59.900Z"],
    ["2026-11-23T11:59:59.123456789Z", "2026-11-23T11:59:59.123Z"],
    ["2026-11-23T13:30:00+01:30", "2026-11-23T12:00:00.000Z"],
    ["2026-11-23T00:00:00.5-08:00", "2026-11-23T08:00:00.500Z"],
    ["2026-11-23t11:00:00z", "2026-11-23T11:00:00.000Z"],
    ["2024-02-29T23:59:59-00:00", "2024-02-29T23:59:59.000Z"],
    ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"],
  ];
  for (const [text, utc] of times) {
    it(`takes ${text} for ${utc}`, () => {
      const start = parseStartPosition(text, NOW);
      assert.deepEqual(start, { kind: "time", ms: Date.parse(utc) });
      assert.equal(startPositionText(start), utc);
    });
  }

  const faults: readonly [text: string, says: RegExp][] = [
    ["Snapshot", /^must be snapshot, latest, earliest, or a time of RFC 3339 such as 2026-/],
    ["now", /^must be snapshot/],
    ["", /^must be snapshot/],
    ["1700000000000", /^must be snapshot/],
    ["2026-11-23", /^must be snapshot/],
    ["2026-11-23T12:00:00", /^must be snapshot/],
    ["2026-11-23 12:00:00Z", /^must be snapshot/],
    ["2026-11-23T12:00Z", /^must be snapshot/],
    ["2026-11-23T12:00:0012Z", /^must be snapshot/],
    ["2026-11-23T12:00:00.Z", /^must be snapshot/],
    ["2026-11-23T12:00:00.1234567890Z", /^must be snapshot/],
    ["2026-11-23T24:00:00Z", /^must be snapshot/],
    ["2026-11-23T12:00:60Z", /^must be snapshot/],
    ["2026-11-23T12:00:00+24:00", /^must be snapshot/],
    ["2026-02-30T00:00:00Z", /^must be snapshot/],
    ["2025-02-29T00:00:00Z", /^must be snapshot/],
    ["2026-13-01T00:00:00Z", /^must be snapshot/],
    ["2026-11-23T12:00:00Z\n", /^must be snapshot/],
    ["1969-12-31T23:59:59.999Z", /before 1970.*earliest/],
    ["2026-11-23T12:00:00.001Z", /^lies in the future, it is 2026-11-23T12:00:00\.000Z; use latest/],
    ["9999-12-31T23:59:59Z", /in the future/],
  ];
  for (const [text, says] of faults) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseStartPosition(text, NOW),
        (error) =>
          error instanceof CdcError &&
          error.code === "INVALID_ARGUMENT" &&
          error.field === "start_position" &&
          says.test(error.message),
      );
    });
  }
});
