import { QuickstartError } from "./quickstart-error.js";
import { isEqual, proveEqual, type Proof } from "./proof.js";
import { runStep } from "./step.js";
import type { Scene } from "./write-changes.js";

const TIMEOUT_MS = 60_000;
const EQUAL_WITHIN_MS = 30_000;
const SHOWN_DIFFERENCES = 5;

/** Source and target are not equal. */
class NotEqualError extends QuickstartError {}

/** Compares both sides and tells what it found. @throws NotEqualError */
export async function prove({ source, target, terminal }: Scene, signal: AbortSignal): Promise<void> {
  terminal.heading("5. Proof: both sides read with Strong consistency, compared row by row in every field");
  const startedAtMs = performance.now();
  const step = { what: "comparing source and target", timeoutMs: TIMEOUT_MS, signal };
  const proof = await runStep(step, (bounded) => proveEqual(source, target, EQUAL_WITHIN_MS, bounded));
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  if (isEqual(proof))
    terminal.good(
      `  source ${proof.sourceRows} rows, target ${proof.targetRows} rows: equal (in ${seconds} s)`,
    );
  else {
    renderDifferences(proof).forEach((line) => terminal.bad(`  ${line}`));
    throw new NotEqualError(`source and target are not equal after ${seconds} s`);
  }
}

/** What is not equal, the first rows of it. */
export function renderDifferences({ sourceRows, targetRows, differences }: Proof): readonly string[] {
  const more = differences.length - SHOWN_DIFFERENCES;
  const verdict =
    differences.length > 0 ? `${differences.length} DIFFER` : "NOT EQUAL, a key is stored twice";
  return [
    `source ${sourceRows} rows, target ${targetRows} rows: ${verdict}`,
    ...differences.slice(0, SHOWN_DIFFERENCES).map(({ id, text }) => `row ${id} ${text}`),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ];
}
