import assert from "node:assert/strict";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { CdcError } from "../../../src/model/errors.js";
import { exampleClients, runExample, TOUR, type ExampleClient } from "../../support/example-clients.js";
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
      const interceptors = [onlyWith("Bearer t0ken")];
      await using harness = await ServerHarness.start({ tls: { certPath, keyPath } }, { interceptors });
      const address = ["--address", `localhost:${harness.port}`, "--ca", certPath];
      const steps = await runExample(client, ["tour", ...address, "--token", "t0ken", ...TARGET]);
      assert.deepEqual(steps, TOUR);
      await assert.rejects(runExample(client, ["tour", ...address, ...TARGET]), /a token is missing/);
    });

    it("comes back when the service says so", async () => {
      await using harness = await ServerHarness.start();
      harness.tasks.failure = { thrown: new CdcError("SOURCE_UNAVAILABLE", "the source is away") };
      const steps = await runExample(client, ["retry", "--address", `127.0.0.1:${harness.port}`]);
      assert.deepEqual(steps, [{ step: "retry", code: "UNAVAILABLE", delay_ms: 1000, then: "OK" }]);
    });
  });
}

/** Stands in for the service's own check of tokens: calls of health need none. */
function onlyWith(authorization: string): Interceptor {
  return (next) => (request) => {
    const isFree = request.service.typeName === "grpc.health.v1.Health";
    if (isFree || request.header.get("authorization") === authorization) return next(request);
    throw new ConnectError("a token is missing", Code.Unauthenticated);
  };
}
