import type { Migration } from "./migration.js";

/** Tasks of before started with what was written after them, into collections that they made. */
export const existingRows: Migration = `
  ALTER TABLE tasks ADD COLUMN start_ts INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE tasks ADD COLUMN access TEXT;
  ALTER TABLE collections ADD COLUMN is_merged INTEGER;
  ALTER TABLE collections ADD COLUMN copy TEXT;
  ALTER TABLE collections ADD COLUMN imports TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE collections ADD COLUMN structure TEXT;
  ALTER TABLE collections ADD COLUMN former_target TEXT;
`;
