import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { isAnyPortTaken, pickFreePorts } from "../../../src/sandbox/free-ports.js";
import { readListeningPorts } from "../../../src/sandbox/listening-ports.js";

describe("ports", () => {
  let listener: net.Server;
  let port: number;

  beforeEach(async () => {
    listener = net.createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    port = (listener.address() as net.AddressInfo).port;
  });
  afterEach(async () => {
    listener.close();
    await once(listener, "close");
  });

  it("picked are different from each other and free", async () => {
    const ports = await pickFreePorts(30);
    assert.equal(new Set(ports).size, 30);
    assert.equal(await isAnyPortTaken(ports), false);
  });

  it("picked are of the range that is asked for, and too few when it has no more that are free", async () => {
    const env = { CDC_SANDBOX_PORTS: `${port}-${port + 20}` };
    for (const picked of await pickFreePorts(5, env)) assert.ok(picked > port && picked <= port + 20);
    await assert.rejects(pickFreePorts(1, { CDC_SANDBOX_PORTS: `${port}-${port}` }), /cannot find 1 free/);
  });

  for (const range of ["10000", "20000-10000", "0-10", "60000-70000", "1-2-3"])
    it(`are not picked of ${range}`, () =>
      assert.rejects(pickFreePorts(1, { CDC_SANDBOX_PORTS: range }), /CDC_SANDBOX_PORTS is /));

  it("are taken when somebody listens on one address only", async () => {
    assert.equal(await isAnyPortTaken([port]), true);
  });

  it("are told apart by the process that listens", async () => {
    const mine = await readListeningPorts(process.pid);
    const parents = await readListeningPorts(process.ppid);
    assert.ok(mine.own.has(port));
    assert.ok(parents.all.has(port));
    assert.ok(!parents.own.has(port));
  });
});
