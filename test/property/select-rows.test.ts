import assert from "node:assert/strict";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { DataType } from "../../src/milvus/data-type.js";
import { selectRows } from "../../src/milvus/select-rows.js";
import type { Column } from "../../src/model/change-event.js";
import { CdcError } from "../../src/model/errors.js";
import { COLUMN_VALUES } from "../support/column-values.js";
import { fieldData, readFieldData, vectorRowBytes, type Value } from "../support/engine-field-data.js";

interface Chosen {
  readonly name: string;
  readonly type: number;
  readonly values: readonly Value[];
  readonly rows: readonly number[];
}

/** A column of some type, and some of its rows. */
const chosen: fc.Arbitrary<Chosen> = fc
  .tuple(fc.constantFrom(...Object.entries(COLUMN_VALUES)), fc.nat({ max: 12 }))
  .chain(([[name, [type, value]], length]) =>
    fc.record({
      name: fc.constant(name),
      type: fc.constant(type),
      values: fc.array(value, { minLength: length, maxLength: length }),
      rows: fc.subarray([...Array(length).keys()]),
    }),
  );

/** A sparse vector column: each row has a length of its own. */
function sparseColumn(rows: readonly Uint8Array[]): Column {
  const writer = new BinaryWriter().tag(1, WireType.Varint).int32(DataType.sparseFloatVector);
  writer.tag(2, WireType.LengthDelimited).string("sparse");
  writer.tag(4, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int64(99n);
  writer.tag(6, WireType.LengthDelimited).fork();
  for (const row of rows) writer.tag(1, WireType.LengthDelimited).bytes(row);
  const bytes = writer.tag(2, WireType.Varint).int64(99n).join().join().finish();
  return { name: "sparse", type: DataType.sparseFloatVector, bytes };
}

/** The bytes of each occurrence of a field, reached through others. */
function occurrences(bytes: Uint8Array, [field, ...inner]: readonly number[]): Uint8Array[] {
  const reader = new BinaryReader(bytes);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === field && wireType === WireType.LengthDelimited) found.push(reader.bytes());
    else reader.skip(wireType);
  }
  return inner.length === 0 ? found : found.flatMap((value) => occurrences(value, inner));
}

const isUnreadable = (error: unknown): boolean =>
  error instanceof CdcError && error.code === "RECORD_UNREADABLE";

describe("selectRows, for any columns", () => {
  it("keeps the chosen rows of every type, and name, type and dynamic mark of the column", () => {
    fc.assert(
      fc.property(fc.array(chosen, { minLength: 1, maxLength: 4 }), (columns) => {
        for (const { name, type, values, rows } of columns) {
          const [selected] = selectRows([fieldData(name, type, values)], rows);
          assert.deepEqual([selected?.name, selected?.type], [name, type]);
          assert.deepEqual(readFieldData(selected?.bytes ?? new Uint8Array()), {
            name,
            type,
            isDynamic: name === "$meta",
            values: rows.map((row) => values[row]),
          });
        }
      }),
      { numRuns: 500 },
    );
  });

  it("takes apart what was joined by concatenation", () => {
    const joined = chosen.filter(
      ({ type }) => vectorRowBytes(type) === undefined || type === DataType.floatVector,
    );
    fc.assert(
      fc.property(joined, fc.nat(), ({ name, type, values, rows }, cut) => {
        const at = values.length === 0 ? 0 : cut % values.length;
        const parts = [values.slice(0, at), values.slice(at)].map(
          (some) => fieldData(name, type, some).bytes,
        );
        const [selected] = selectRows([{ name, type, bytes: Buffer.concat(parts) }], rows);
        const expected = rows.map((row) => values[row]);
        assert.deepEqual(readFieldData(selected?.bytes ?? new Uint8Array()).values, expected);
      }),
    );
  });

  it("keeps the chosen rows of sparse vectors", () => {
    const rows = fc.array(fc.uint8Array({ maxLength: 24 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.boolean()), (all, keep) => {
        const indexes = [...all.keys()].filter(() => keep.next().value);
        const [selected] = selectRows([sparseColumn(all)], indexes);
        const contents = occurrences(selected?.bytes ?? new Uint8Array(), [4, 6, 1]);
        assert.deepEqual(
          contents.map((row) => Buffer.from(row).toString("hex")),
          indexes.map((i) => Buffer.from(all[i] ?? []).toString("hex")),
        );
      }),
    );
  });

  it("finds the values of a nullable column, also where rows without one have left none", () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.string(), { nil: undefined }), { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        fc.infiniteStream(fc.boolean()),
        (values, isDense, keep) => {
          const rows = [...values.keys()].filter(() => keep.next().value);
          const stored = (some: typeof values): string[] =>
            isDense ? some.map((value) => value ?? "") : some.filter((value) => value !== undefined);
          const valid = new BinaryWriter().tag(7, WireType.LengthDelimited).fork();
          for (const value of values) valid.bool(value !== undefined);
          const { bytes } = fieldData("t", DataType.varChar, stored(values));
          const column = {
            name: "t",
            type: DataType.varChar,
            bytes: Buffer.concat([bytes, valid.join().finish()]),
          };
          const [selected] = selectRows([column], rows);
          const chosenValues = rows.map((row) => values[row]);
          assert.deepEqual(readFieldData(selected?.bytes ?? new Uint8Array()).values, stored(chosenValues));
          const marks = Buffer.concat(occurrences(selected?.bytes ?? new Uint8Array(), [7]));
          assert.deepEqual(
            [...marks],
            chosenValues.map((value) => (value === undefined ? 0 : 1)),
          );
        },
      ),
    );
  });

  it("refuses rows that are not there, and columns whose type it does not know", () => {
    fc.assert(
      fc.property(chosen, ({ name, type, values }) => {
        const column = fieldData(name, type, values);
        assert.throws(() => selectRows([column], [values.length]), isUnreadable);
        if (values.length === 0) return;
        assert.throws(() => selectRows([{ ...column, type: 201 }], [0]), isUnreadable);
        const other = type === DataType.varChar ? DataType.int64 : DataType.varChar;
        assert.throws(() => selectRows([{ ...column, type: other }], [0]), isUnreadable);
      }),
    );
  });

  it("selects rows or refuses, whatever the bytes", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom(5, 10, 21, 22, 100, 101, 104),
        (bytes, type) => {
          try {
            selectRows([{ name: "x", type, bytes }], [0]);
          } catch (error) {
            assert.ok(isUnreadable(error), String(error));
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
