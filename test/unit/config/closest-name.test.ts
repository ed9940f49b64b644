import assert from "node:assert/strict";
import { closestName } from "../../../src/config/closest-name.js";

describe("closestName", () => {
  const keys = ["host", "port", "tls", "brokers"];
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["prot", "port"],
    ["hrot", undefined],
    ["pors", "port"],
    ["Port", "port"],
    ["ports", "port"],
    ["ort", "port"],
    ["broker", "brokers"],
    ["bokres", "brokers"],
    ["secret", undefined],
    ["", undefined],
  ];
  for (const [name, meant] of cases) {
    it(`takes ${JSON.stringify(name)} for ${meant ?? "nothing known"}`, () => {
      assert.equal(closestName(name, keys), meant);
    });
  }

  it("takes the closest of several", () => {
    assert.equal(closestName("key_pth", ["cert_path", "key_path", "ca_path"]), "key_path");
  });
});
