import type { Migration } from "./migration.js";

/** Records that collections could not pass, and what happened to tasks. Texts are JSON, as in `tasks`. */
export const history: Migration = `
  CREATE TABLE blocked_records (
    task_id TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    record_offset INTEGER NOT NULL,
    collection_id INTEGER NOT NULL,
    database TEXT NOT NULL,
    name TEXT NOT NULL,
    cause TEXT NOT NULL,
    blocked_at_ms INTEGER NOT NULL,
    value BLOB,
    skipped_at_ms INTEGER,
    PRIMARY KEY (task_id, channel, record_offset)
  ) STRICT;
  CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    at_ms INTEGER NOT NULL,
    text TEXT NOT NULL,
    collection TEXT
  ) STRICT;
  CREATE INDEX events_of_task ON events (task_id, id);
`;
