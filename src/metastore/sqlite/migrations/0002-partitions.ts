import type { Migration } from "./migration.js";

/** Partitions of the target, as pairs of a name and the id of the source's partition. */
export const partitions: Migration = `
  ALTER TABLE collections ADD COLUMN partitions TEXT NOT NULL DEFAULT '[]';
`;
