import assert from "node:assert/strict";
import { exampleClients, runExample, TOUR } from "../support/example-clients.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { toolchainContext } from "../toolchain/toolchain-context.js";

describe("The example client in Go, with real servers", () => {
  const servers = useSandbox();

  it("does all that clients need", async function () {
    this.timeout(900_000);
    const client = await exampleClients["Go"]!(toolchainContext());
    await using service = await ServiceProcess.over(servers().sandbox);
    const address = ["--address", `127.0.0.1:${service.port}`, "--target", servers().targetUri];
    assert.deepEqual(await runExample(client, ["tour", ...address]), TOUR);
  });
});
