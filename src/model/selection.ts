import { matchesName } from "./name-pattern.js";

/** A collection of a Milvus, by names. */
export interface CollectionName {
  readonly database: string;
  readonly name: string;
}

export function isSameName(a: CollectionName, b: CollectionName): boolean {
  return a.database === b.database && a.name === b.name;
}

/** For people. */
export function fullName({ database, name }: CollectionName): string {
  return `${database}.${name}`;
}

export const DEFAULT_DATABASE = "default";
/** Every database, or every collection. */
export const ALL = "*";

/** Collections by database; either may be a pattern, see `name-pattern.ts`. */
export type DatabaseSelection = Readonly<Record<string, readonly string[]>>;

/** What a task replicates, as the user asked for it. */
export interface Selection {
  /** Collections of the database `default`, or patterns; a mere `*` is every collection of every database. */
  readonly collections: readonly string[];
  readonly databases: DatabaseSelection;
  /** Not these, although they are among the others. */
  readonly excluded?: DatabaseSelection | undefined;
}

/** Whether a task replicates this collection. */
export function isSelected(selection: Selection, { database, name }: CollectionName): boolean {
  const isNamed = (names: readonly string[]): boolean =>
    names.includes(name) || names.some((pattern) => matchesName(pattern, name));
  return (
    namesIn(includedOf(selection), database).some(isNamed) &&
    !namesIn(excludedOf(selection), database).some(isNamed)
  );
}

/** Whether a task replicates the database as such: its creation and its drop, and all in it. */
export function isDatabaseSelected(selection: Selection, database: string): boolean {
  const isAll = (names: readonly string[]): boolean => names.includes(ALL);
  return (
    namesIn(includedOf(selection), database).some(isAll) &&
    !namesIn(excludedOf(selection), database).some(isAll)
  );
}

/** Whether a task replicates any collection of a database, existing or to come. */
export function hasSelected(selection: Selection, database: string): boolean {
  return (
    namesIn(includedOf(selection), database).some((names) => names.length > 0) &&
    !namesIn(excludedOf(selection), database).some((names) => names.includes(ALL))
  );
}

/** A database, or a pattern of some, and its collections. */
type Entry = readonly [database: string, names: readonly string[]];

/** What is asked for, before anything is excluded. */
export function includedOf({ collections, databases }: Selection): readonly Entry[] {
  return [[collections.includes(ALL) ? ALL : DEFAULT_DATABASE, collections], ...Object.entries(databases)];
}

function excludedOf({ excluded = {} }: Selection): readonly Entry[] {
  return Object.entries(excluded);
}

function namesIn(entries: readonly Entry[], database: string): (readonly string[])[] {
  return entries.filter(([pattern]) => matchesName(pattern, database)).map(([, names]) => names);
}
