/**
 * mocha loads this in each of its workers, which run suites side by side: those of one worker, and the programs
 * that they start, have ports of their own. A server that a suite has killed must find its port free, and a client
 * must not reach another suite's server there.
 */
const FIRST = 10_000;
const PORTS_EACH = 5_000;
/** Above, on Linux, are the ports that the system gives to outgoing connections. */
const LANES = 4;

const worker = process.env["MOCHA_WORKER_ID"];
if (worker !== undefined) {
  const first = FIRST + (Number(worker) % LANES) * PORTS_EACH;
  process.env["CDC_SANDBOX_PORTS"] = `${first}-${first + PORTS_EACH - 1}`;
}
