import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";

/** What a refused configuration is told: a line per fault, whose number the title says. */
export function faultLines(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    assert(error instanceof CdcError);
    assert.equal(error.code, "CONFIG_INVALID");
    const [title, ...lines] = error.message.split("\n  ");
    assert.equal(title, `${lines.length} ${lines.length === 1 ? "fault" : "faults"} in the configuration:`);
    return lines;
  }
  assert.fail("the configuration was accepted");
}
