import assert from "node:assert/strict";

const SHARED: readonly object[] = [
  Object.prototype,
  Array.prototype,
  Uint8Array.prototype,
  Buffer.prototype,
  Function.prototype,
  String.prototype,
  Error.prototype,
  Promise.prototype,
  Map.prototype,
];

/** Remembers what all objects share; the function it returns sees whether anything was added or taken. */
export function watchGlobals(): () => void {
  const before = SHARED.map(namesOf);
  return () => assert.deepEqual(SHARED.map(namesOf), before);
}

function namesOf(shared: object): readonly string[] {
  return Reflect.ownKeys(shared).map(String);
}
