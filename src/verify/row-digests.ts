import { createHash } from "node:crypto";
import type { Key } from "../model/key-span.js";
import { ColumnReader, joined } from "./column-reader.js";
import type { Rows } from "./compare-rows.js";

/** By key, a digest of the row's canonical values: equal for equal rows, whatever the order of their columns. */
export function rowDigests({ keys, columns }: Rows): Map<Key, string> {
  const readers = [...columns]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((column) => ({ name: Buffer.from(column.name), reader: new ColumnReader(column) }));
  const digestOf = (row: number): string => {
    const parts = readers.flatMap(({ name, reader }) => [name, reader.canonical(row)]);
    return createHash("sha256").update(joined(parts)).digest("base64");
  };
  return new Map(Array.from<Key, [Key, string]>(keys, (key, row) => [key, digestOf(row)]));
}
