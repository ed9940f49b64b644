import assert from "node:assert/strict";
import { CdcError, errorPolicy, type ErrorCode } from "../../../src/model/errors.js";

describe("CdcError", () => {
  for (const code of Object.keys(errorPolicy) as ErrorCode[]) {
    it(`tells an operator what to do about ${code}`, () => {
      const error = new CdcError(code, "what happened");
      assert.equal(error.action, errorPolicy[code].action);
      assert.match(error.remedy, /^[A-Z].*\.$/s);
    });
  }

  it("keeps an error of its own, and makes any other thing INTERNAL with the thing as cause", () => {
    const own = new CdcError("TARGET_BUSY", "wait", { field: "f" });
    assert.equal(CdcError.from(own), own);
    assert.equal(own.field, "f");
    for (const thing of [new Error("text"), "text"]) {
      const error = CdcError.from(thing);
      assert.deepEqual([error.code, error.message, error.cause], ["INTERNAL", "text", thing]);
    }
    for (const odd of [undefined, null, { a: 1 }, Symbol("s")])
      assert.equal(CdcError.from(odd).code, "INTERNAL");
  });
});
