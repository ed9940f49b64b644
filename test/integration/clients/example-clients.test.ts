import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { AuthRules } from "../../../src/model/caller.js";
import { CdcError } from "../../../src/model/errors.js";
import {
  checkPythonTypes,
  exampleClients,
  runExample,
  TOUR,
  type ExampleClient,
} from "../../support/example-clients.js";
import { ServerHarness } from "../../support/server-harness.js";
import { SelfSigned } from "../../support/server-self-signed.js";
import { toolchainContext } from "../../toolchain/toolchain-context.js";

const TARGET = ["--target", "http://127.0.0.1:19530"];

for (const [language, build] of Object.entries(exampleClients)) {
  describe(`The example client in ${language}`, () => {
    let client: ExampleClient;
    before(async function () {
      this.timeout(900_000);
      client = await build(toolchainContext());
    });

    it("does all that clients need, in cleartext", async () => {
      await using harness = await ServerHarness.start();
      const steps = await runExample(client, ["tour", "--address", `127.0.0.1:${harness.port}`, ...TARGET]);
      assert.deepEqual(steps, TOUR);
    });

    it("does so over TLS, and sends its token with each call", async () => {
      await using certificate = await SelfSigned.create();
      const { certPath, keyPath } = certificate;
      const auth = adminWith("t0ken");
      await using harness = await ServerHarness.start({ tls: { certPath, keyPath } }, { auth });
      const address = ["--address", `localhost:${harness.port}`, "--ca", certPath];
      const steps = await runExample(client, ["tour", ...address, "--token", "t0ken", ...TARGET]);
      assert.deepEqual(steps, TOUR);
      await assert.rejects(runExample(client, ["tour", ...address, ...TARGET]), /send authorization/);
    });

    it("comes back when the service says so", async () => {
      await using harness = await ServerHarness.start();
      harness.tasks.failure = { thrown: new CdcError("SOURCE_UNAVAILABLE", "the source is away") };
      const steps = await runExample(client, ["retry", "--address", `127.0.0.1:${harness.port}`]);
      assert.deepEqual(steps, [{ step: "retry", code: "UNAVAILABLE", delay_ms: 1000, then: "OK" }]);
    });
  });
}

describe("The example client in Python", () => {
  it("has types that mypy finds nothing to say against, and so have the generated stubs", async function () {
    this.timeout(900_000);
    await checkPythonTypes(toolchainContext());
  });
});

function adminWith(token: string): AuthRules {
  const sha256 = createHash("sha256").update(token).digest("hex");
  const tokens = [{ name: "example", role: "admin" as const, sha256 }];
  return { tokens, certificates: [], allowAnonymous: false, openMetrics: false, maxRequestsPerSecond: 100 };
}
