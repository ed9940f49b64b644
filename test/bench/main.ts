// Real servers, one run, one table. Usage: npm run bench -- [suites] [--rows 500000] …; see README.md here.
import { loadavg } from "node:os";
import { table, type Line } from "./line.js";
import { readArguments } from "./options.js";
import { LONG_SUITES, SUITES, type Suite } from "./suites.js";

const { suites, options } = readArguments(process.argv.slice(2));
const lines: Line[] = [];
for (const [name, suite] of chosen(suites)) {
  console.error(`${name} (load ${loadavg()[0]?.toFixed(1) ?? ""})`);
  const found = await suite(options);
  console.error(table(found));
  lines.push(...found);
}
console.log(table(lines));
process.exit(0);

/** Those that are named; all but the long ones when none is. */
function chosen(names: readonly string[]): readonly (readonly [string, Suite])[] {
  const known = new Map(Object.entries({ ...SUITES, ...LONG_SUITES }));
  if (names.length === 0) return Object.entries(SUITES);
  return names.map((name) => {
    const suite = known.get(name);
    if (suite === undefined) throw new Error(`no suite ${name}; there are ${[...known.keys()].join(", ")}`);
    return [name, suite] as const;
  });
}
