import assert from "node:assert/strict";
import { errorToLog } from "../../../src/observability/error-to-log.js";
import { CdcError } from "../../../src/model/errors.js";

describe("errorToLog", () => {
  it("adds the stack of the innermost cause when nobody foresaw the error", () => {
    const inner = new TypeError("x is not a function");
    for (const error of [inner, new Error("outer", { cause: inner }), CdcError.from(inner)]) {
      assert.equal(errorToLog(error).stack, inner.stack);
    }
    assert.equal(errorToLog(new CdcError("TARGET_BUSY", "wait", { cause: inner })).stack, undefined);
  });

  it("takes nothing from a library's error but its texts", () => {
    const error = Object.assign(new Error("14 UNAVAILABLE"), {
      metadata: { authorization: "hunter2" },
      code: 14,
    });
    assert.deepEqual(Object.keys(errorToLog(error)), ["message", "stack"]);
  });

  it("joins the messages of an aggregate that has none of its own", () => {
    const refused = new AggregateError([new Error("refused ::1"), new Error("refused 127.0.0.1")]);
    assert.equal(errorToLog(refused).message, "refused ::1; refused 127.0.0.1");
  });

  it("ends at a cause that leads back to its error", () => {
    const error = new Error("round");
    error.cause = new Error("and round", { cause: error });
    assert.equal(errorToLog(error).causes?.length, 8);
  });

  it("bears whatever was thrown", () => {
    for (const thrown of [undefined, null, 5n, Symbol("x"), { toString: 1 }]) {
      assert.match(errorToLog(thrown).message, /^not an error but a /);
    }
    assert.equal(errorToLog("text").message, "text");
  });
});
