import type { Migration } from "./migration.js";

/** The last verification of a task, as JSON. */
export const verifications: Migration = `
  ALTER TABLE tasks ADD COLUMN verification TEXT;
`;
