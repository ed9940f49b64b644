import type { CollectionName } from "./selection.js";

/** Collections of `sourceDatabase` go to `targetDatabase`, some of them under other names. */
export interface NameMapping {
  readonly sourceDatabase: string;
  readonly targetDatabase: string;
  readonly collections: Readonly<Record<string, string>>;
}

/** The target's name of a source's database. */
export function mapDatabase(mappings: readonly NameMapping[], database: string): string {
  return mappings.find((m) => m.sourceDatabase === database)?.targetDatabase ?? database;
}

/** The target's name of a source's collection. The first mapping of its database that names it wins. */
export function mapCollection(mappings: readonly NameMapping[], source: CollectionName): CollectionName {
  const ofDatabase = mappings.filter((m) => m.sourceDatabase === source.database);
  const naming = ofDatabase.find((m) => Object.hasOwn(m.collections, source.name));
  return {
    database: (naming ?? ofDatabase[0])?.targetDatabase ?? source.database,
    name: naming?.collections[source.name] ?? source.name,
  };
}
