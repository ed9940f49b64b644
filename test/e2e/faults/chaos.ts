// Random faults under random load for as long as one likes.
// Usage: npm run chaos -- [--minutes N] [--seed S]; a seed repeats its faults and its load.
import { parseArgs } from "node:util";
import { FAULTS } from "./faults.js";
import { runFaults } from "./fault-run.js";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, seed: { type: "string" } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error("--minutes and --seed are numbers");

await runFaults({
  seed,
  goesOn: (_, elapsedMs) => elapsedMs < minutes * 60_000,
  faults: FAULTS,
  share: 1,
  pairing: 4,
  tell: (line) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`),
});
process.exit(0);
