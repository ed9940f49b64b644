import assert from "node:assert/strict";
import { LoadedSince } from "../../../../src/source/snapshot/loaded-since.js";

describe("LoadedSince", () => {
  it("keeps the first time that a partition was seen loaded, until it is not", () => {
    const since = new LoadedSince();
    since.note(1n, [10n], 100);
    assert.deepEqual(
      [...since.note(1n, [10n, 11n], 200)],
      [
        [10n, 100],
        [11n, 200],
      ],
    );
    since.note(1n, [11n], 300);
    assert.deepEqual(
      [...since.note(1n, [10n, 11n], 400)],
      [
        [10n, 400],
        [11n, 200],
      ],
    );
    assert.deepEqual([...since.note(2n, [10n], 500)], [[10n, 500]]);
  });
});
