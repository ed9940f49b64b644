import assert from "node:assert/strict";
import { writeOrName } from "../../../src/engine/write-or-name.js";
import { CdcError, type ErrorCode } from "../../../src/model/errors.js";

/** Records are offsets; those in `refused` cannot be written. Answers what was asked for, and the error. */
async function written(
  offsets: readonly bigint[],
  refused: readonly bigint[],
  code: ErrorCode = "TARGET_REJECTED",
): Promise<{ calls: string[]; error: unknown }> {
  const calls: string[] = [];
  const records = offsets.map((offset) => ({ offset }));
  const error = await writeOrName("c0", records, (some, isRepeated) => {
    calls.push(`${some.map(({ offset }) => offset).join()}${isRepeated ? " again" : ""}`);
    const isRefused = some.some(({ offset }) => refused.includes(offset));
    return isRefused ? Promise.reject(new CdcError(code, "no")) : Promise.resolve();
  }).catch((thrown: unknown) => thrown);
  return { calls, error };
}

describe("writeOrName", () => {
  it("writes records together", async () => {
    assert.deepEqual(await written([1n, 2n], []), { calls: ["1,2"], error: undefined });
  });

  it("names the first record at fault, and writes those before it", async () => {
    for (const code of ["TARGET_REJECTED", "RECORD_UNREADABLE"] as const) {
      const { calls, error } = await written([1n, 2n, 3n, 4n], [3n, 4n], code);
      assert.deepEqual(calls, ["1,2,3,4", "1,2 again", "3,4 again", "3 again"]);
      assert.ok(error instanceof CdcError);
      assert.deepEqual([error.code, error.record], [code, { channel: "c0", offset: 3n }]);
      assert.equal(error.message, "record 3 of c0: no");
    }
  });

  it("finds one of thousands in a few steps", async () => {
    const offsets = Array.from({ length: 4_096 }, (_, i) => BigInt(i));
    const { calls, error } = await written(offsets, [4_095n]);
    assert.equal(calls.length, 1 + 2 * 12);
    assert.equal((error as CdcError).record?.offset, 4_095n);
  });

  it("names a single record without asking twice", async () => {
    const { calls, error } = await written([7n], [7n]);
    assert.deepEqual(calls, ["7"]);
    assert.equal((error as CdcError).record?.offset, 7n);
  });

  it("is content when each can be written alone", async () => {
    let isFirst = true;
    await writeOrName("c0", [{ offset: 1n }, { offset: 2n }], (some) => {
      if (isFirst) {
        isFirst = false;
        return Promise.reject(new CdcError("TARGET_REJECTED", "too much at once"));
      }
      assert.equal(some.length, 1);
      return Promise.resolve();
    });
  });

  it("blames no record for an error of another kind", async () => {
    for (const code of ["TARGET_SCHEMA_DIFFERS", "TARGET_UNAVAILABLE", "INTERNAL"] as const) {
      const { calls, error } = await written([1n, 2n], [2n], code);
      assert.deepEqual(calls, ["1,2"]);
      assert.equal((error as CdcError).record, undefined);
    }
  });
});
