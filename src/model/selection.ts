/** A collection of a Milvus, by names. */
export interface CollectionName {
  readonly database: string;
  readonly name: string;
}

export function isSameName(a: CollectionName, b: CollectionName): boolean {
  return a.database === b.database && a.name === b.name;
}

export const DEFAULT_DATABASE = "default";
/** Every database, or every collection. */
export const ALL = "*";

/** Collections by database; `*` stands for every database, or every collection of one. */
export type DatabaseSelection = Readonly<Record<string, readonly string[]>>;

/** What a task replicates, as the user asked for it. */
export interface Selection {
  /** Collections of the database `default`; `*` is every collection of every database. */
  readonly collections: readonly string[];
  readonly databases: DatabaseSelection;
}

/** Whether a task replicates this collection. */
export function isSelected(selection: Selection, { database, name }: CollectionName): boolean {
  if (selection.collections.includes(ALL)) return true;
  if (database === DEFAULT_DATABASE && selection.collections.includes(name)) return true;
  return [database, ALL].some((key) => {
    const names = Object.hasOwn(selection.databases, key) ? selection.databases[key] : undefined;
    return names !== undefined && (names.includes(name) || names.includes(ALL));
  });
}

/** Whether a task replicates the database as such: its creation and its drop, and all in it. */
export function isDatabaseSelected(selection: Selection, database: string): boolean {
  return isSelected(selection, { database, name: ALL });
}

/** Whether a task replicates any collection of a database, existing or to come. */
export function hasSelected({ collections, databases }: Selection, database: string): boolean {
  if (collections.includes(ALL) || (database === DEFAULT_DATABASE && collections.length > 0)) return true;
  return [database, ALL].some((key) => Object.hasOwn(databases, key) && (databases[key] ?? []).length > 0);
}
