import { tasks } from "./0001-tasks.js";
import { partitions } from "./0002-partitions.js";
import { existingRows } from "./0003-existing-rows.js";
import { history } from "./0004-history.js";
import { verifications } from "./0005-verifications.js";
import { partitionFilters } from "./0006-partition-filters.js";
import type { Migration } from "./migration.js";

/** All migrations in order; the first makes version 1 of an empty file. */
export const migrations: readonly Migration[] = [
  tasks,
  partitions,
  existingRows,
  history,
  verifications,
  partitionFilters,
];
