import assert from "node:assert/strict";

/** That a value has all that another one has, or what matches it, at any depth; it may have more. */
export function assertContains(actual: unknown, expected: unknown, path = "it"): void {
  if (expected instanceof RegExp) {
    assert.match(String(actual), expected, path);
    return;
  }
  if (typeof expected !== "object" || expected === null) {
    assert.deepEqual(actual, expected, path);
    return;
  }
  assert.ok(typeof actual === "object" && actual !== null, `${path} is ${String(actual)}`);
  assert.equal(Array.isArray(actual), Array.isArray(expected), path);
  for (const [key, value] of Object.entries(expected))
    assertContains((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
}
