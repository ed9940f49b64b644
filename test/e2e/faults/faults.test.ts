import { FAULTS } from "./faults.js";
import { runFaults } from "./fault-run.js";

/** The long form, of any seed: `npm run chaos -- --minutes 10 --seed 7`. */
const SEED = Number(process.env["FAULTS_SEED"] ?? Date.now() % 100_000);

describe("faults of everything", function () {
  this.timeout(600_000);

  it("leave an equal target and a running task, without anybody's help", async () => {
    await runFaults({
      seed: SEED,
      goesOn: (_, elapsedMs) => elapsedMs < 90_000,
      faults: FAULTS,
      share: 0.2,
      pairing: 10,
      tell: (line) => process.stderr.write(`    ${line}\n`),
    });
  });
});
