import assert from "node:assert/strict";
import { CdcError } from "../../../../src/model/errors.js";
import { checkRequestChannel } from "../../../../src/source/kafka/channel-names.js";

describe("checkRequestChannel", () => {
  it("takes the source's own, or none", () => {
    checkRequestChannel("by-dev", "by-dev-replicate-msg");
    checkRequestChannel("by-dev", undefined);
  });

  for (const name of ["by-dev-rootcoord-dml_0", "other-replicate-msg", "by-dev-replicate-msg ", "by-dev"]) {
    it(`refuses ${JSON.stringify(name)} and says which it is`, () => {
      assert.throws(
        () => checkRequestChannel("by-dev", name),
        (error) =>
          error instanceof CdcError &&
          error.code === "INVALID_ARGUMENT" &&
          error.field === "rpc_channel_info.name" &&
          error.message.includes("by-dev-replicate-msg"),
      );
    });
  }
});
