/** Text of lines that name something; what each says, or what is wrong with the first that says nothing. */
export interface Lines<T> {
  readonly values: readonly T[];
  readonly fault?: string | undefined;
}

export interface CollectionPattern {
  readonly database: string;
  readonly collection: string;
}

/** Collections, and which of their partitions; none that is named: all of them. */
export interface SelectedCollections extends CollectionPattern {
  readonly partitions?: readonly string[];
}

/** A database, or a collection of one, and the name it gets. */
export interface Renaming {
  readonly from: readonly [database: string, collection?: string];
  readonly to: readonly [database: string, collection?: string];
}

const NAME = /^[\w*?]+$/;

/** `database.collection`; without a database, that of `default`. */
export function readCollections(text: string): Lines<CollectionPattern> {
  return readLines(
    text,
    (line) => readCollection(line) ?? `“${line}” is no database.collection, such as default.books or db1.*`,
  );
}

/** `database.collection`, or `database.collection: partition, partition`. */
export function readSelection(text: string): Lines<SelectedCollections> {
  return readLines(text, (line) => {
    const [name = "", names, ...more] = line.split(":");
    const collection = readCollection(name.trim());
    const partitions = names?.split(",").map((one) => one.trim());
    if (more.length > 0 || collection === undefined || partitions?.every((one) => NAME.test(one)) === false)
      return `“${line}” is no database.collection or database.collection: partition, such as db1.* or default.books: 2026_*, 2027_*`;
    return partitions === undefined ? collection : { ...collection, partitions };
  });
}

function readCollection(text: string): CollectionPattern | undefined {
  const [first = "", second, ...more] = text.split(".");
  if (more.length > 0 || !NAME.test(first) || !(second === undefined || NAME.test(second))) return undefined;
  return second === undefined
    ? { database: "default", collection: first }
    : { database: first, collection: second };
}

/** `database -> database`, or `database.collection -> database.collection`. */
export function readRenamings(text: string): Lines<Renaming> {
  return readLines(text, (line) => {
    const [from, to, ...more] = line.split(/->|→/).map(readName);
    if (more.length > 0 || !from || !to || from.length !== to.length)
      return `“${line}” is no pair, such as default.books -> default.books_copy or db1 -> db2`;
    return { from, to };
  });
}

function readName(text: string): Renaming["from"] | undefined {
  const [database = "", collection, ...more] = text.trim().split(".");
  const isName = (name: string): boolean => /^\w+$/.test(name);
  if (more.length > 0 || !isName(database)) return undefined;
  if (collection === undefined) return [database];
  return isName(collection) ? [database, collection] : undefined;
}

function readLines<T extends object>(text: string, read: (line: string) => T | string): Lines<T> {
  const values: T[] = [];
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (line === "") continue;
    const value = read(line);
    if (typeof value === "string") return { values: [], fault: value };
    values.push(value);
  }
  return { values };
}
