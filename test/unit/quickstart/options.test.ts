import assert from "node:assert/strict";
import { HELP, readOptions } from "../../../src/quickstart/options.js";
import { CannotStartError } from "../../../src/quickstart/quickstart-error.js";

describe("quickstart options", () => {
  it("are none by default", () => {
    assert.deepEqual(readOptions([]), { isHelp: false, isOnce: false, port: undefined });
  });

  it("are read, and every one is in the help", () => {
    assert.deepEqual(readOptions(["--once", "--port", "9000", "--help"]), {
      isHelp: true,
      isOnce: true,
      port: 9000,
    });
    for (const option of ["--once", "--port", "--help"]) assert.ok(HELP.includes(option));
  });

  for (const args of [
    ["--port", "0"],
    ["--port", "65536"],
    ["--port", "x"],
    ["--port", ""],
    ["--port"],
    ["--onec"],
    ["up"],
  ]) {
    it(`refuse ${JSON.stringify(args)} in one line`, () => {
      assert.throws(
        () => readOptions(args),
        (error) => error instanceof CannotStartError && !error.message.includes("\n"),
      );
    });
  }
});
