import type { Migration } from "./migration.js";

/**
 * Offsets and hybrid timestamps are INTEGER: SQLite's are int64, as theirs are.
 * `spec` and `reason` are JSON, the latter because SQLite's readers cut plain
 * text at a NUL, which an error's text may hold.
 */
export const tasks: Migration = `
  CREATE TABLE tasks (
    id            TEXT PRIMARY KEY,
    spec          TEXT NOT NULL,
    state         TEXT NOT NULL,
    reason        TEXT,
    created_at_ms INTEGER NOT NULL,
    revision      INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE progress (
    task_id    TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    channel    TEXT NOT NULL,
    checkpoint INTEGER NOT NULL,
    tick       INTEGER NOT NULL,
    frontier   INTEGER NOT NULL,
    PRIMARY KEY (task_id, channel)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE collections (
    task_id         TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    id              INTEGER NOT NULL,
    source_database TEXT NOT NULL,
    source_name     TEXT NOT NULL,
    target_database TEXT NOT NULL,
    target_name     TEXT NOT NULL,
    description     BLOB NOT NULL,
    channels        TEXT NOT NULL,
    created_ts      INTEGER NOT NULL,
    barrier_ts      INTEGER NOT NULL,
    PRIMARY KEY (task_id, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE databases (
    task_id TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    PRIMARY KEY (task_id, name)
  ) STRICT, WITHOUT ROWID;
`;
