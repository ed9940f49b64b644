import assert from "node:assert/strict";
import fc from "fast-check";
import { DataType } from "../../src/milvus/data-type.js";
import type { Column, RowInsert } from "../../src/model/change-event.js";
import { packInserts } from "../../src/sink/milvus/pack-inserts.js";
import { COLUMN_VALUES } from "../support/column-values.js";
import { fieldData, readFieldData, type Value } from "../support/engine-field-data.js";

interface Written {
  readonly insert: RowInsert;
  readonly values: ReadonlyMap<string, readonly Value[]>;
}

function insertOf(columns: readonly Column[], rows: number): RowInsert {
  const sizeBytes = columns.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return {
    kind: "insert",
    ts: 1n,
    collectionId: 1n,
    partition: "p",
    rows,
    columns,
    sizeBytes,
    partitionId: 0n,
    isUpsertHalf: false,
  };
}

/** An insert of 1 to 3 rows, its columns in any order. */
const written: fc.Arbitrary<Written> = fc.integer({ min: 1, max: 3 }).chain((rows) => {
  const columns = Object.entries(COLUMN_VALUES).map(([name, [type, value]]) =>
    fc.array(value, { minLength: rows, maxLength: rows }).map((values) => ({ name, type, values })),
  );
  return fc
    .tuple(
      fc.tuple(...columns),
      fc.shuffledSubarray(Object.keys(COLUMN_VALUES), { minLength: columns.length }),
    )
    .map(([all, order]): Written => {
      const sorted = all.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
      return {
        insert: insertOf(
          sorted.map(({ name, type, values }) => fieldData(name, type, values)),
          rows,
        ),
        values: new Map(all.map(({ name, values }) => [name, values])),
      };
    });
});

describe("packInserts, for any inserts", () => {
  it("joins columns of every type end to end, by name, whatever their order", () => {
    fc.assert(
      fc.property(fc.array(written, { minLength: 1, maxLength: 4 }), (all) => {
        const packs = packInserts(all.map(({ insert }) => insert));
        assert.equal(packs.length, 1);
        const [pack] = packs;
        assert.equal(
          pack?.rows,
          all.reduce((sum, { insert }) => sum + insert.rows, 0),
        );
        const read = pack.join().map((pieces) => readFieldData(Buffer.concat(pieces)));
        assert.deepEqual(new Set(read.map(({ name }) => name)), new Set(Object.keys(COLUMN_VALUES)));
        for (const { name, type, isDynamic, values } of read) {
          assert.equal(type, COLUMN_VALUES[name]?.[0]);
          assert.equal(isDynamic, name === "$meta");
          assert.deepEqual(
            values,
            all.flatMap((one) => one.values.get(name) ?? []),
            name,
          );
        }
      }),
      { numRuns: 150 },
    );
  });

  it("keeps the order, joins neighbours, and no pack of several is larger than the limit", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 30 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 100 }), (all, limit) => {
        const inserts = all.map((sizeBytes, i) => ({ ...insertOf([idColumn(BigInt(i))], 1), sizeBytes }));
        const packs = packInserts(inserts, limit).map(({ join, rows }) => {
          const ids = readFieldData(Buffer.concat(join()[0] ?? [])).values;
          assert.equal(ids.length, rows);
          return ids.map(Number);
        });
        assert.deepEqual(
          packs.flat(),
          all.map((_, i) => i),
        );
        const sizeOf = (ids: readonly number[]): number => ids.reduce((sum, id) => sum + (all[id] ?? 0), 0);
        for (const [i, pack] of packs.entries()) {
          assert.ok(pack.length === 1 || sizeOf(pack) <= limit);
          const next = packs[i + 1]?.[0];
          if (next !== undefined) assert.ok(sizeOf([...pack, next]) > limit);
        }
      }),
    );
  });
});

describe("packInserts", () => {
  it("sends a type apart whose columns nobody knows how to join", () => {
    const sparse = {
      name: "sparse",
      type: 104,
      bytes: fieldData("sparse", DataType.int8Vector, ["00"]).bytes,
    };
    assert.equal(packInserts([insertOf([sparse], 1), insertOf([sparse], 1)]).length, 2);
  });

  it("sends inserts of other columns apart", () => {
    const one = insertOf([idColumn(1n)], 1);
    const more = insertOf([idColumn(2n), fieldData("b", DataType.bool, [true])], 1);
    const other = insertOf([fieldData("id", DataType.varChar, ["1"])], 1);
    for (const pair of [
      [one, more],
      [more, one],
      [one, other],
    ])
      assert.equal(packInserts(pair).length, 2);
  });

  it("sends the columns of a single insert as they are", () => {
    const insert = insertOf([idColumn(1n)], 1);
    assert.equal(packInserts([insert])[0]?.join()[0]?.[0], insert.columns[0]?.bytes);
  });

  it("makes nothing of nothing", () => assert.deepEqual(packInserts([]), []));
});

function idColumn(id: bigint): Column {
  return fieldData("id", DataType.int64, [id]);
}
