import type { Migration } from "./migration.js";

/** Of a collection, the partitions that were selected, as JSON; all where there is none. */
export const partitionFilters: Migration = `
  ALTER TABLE collections ADD COLUMN only_partitions TEXT;
`;
