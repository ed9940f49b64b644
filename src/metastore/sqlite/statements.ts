/**
 * What is asked of the tables. Rows of a task are inserted by a SELECT from
 * `tasks`, so that of a task that is gone nothing is stored.
 */
export const statements = {
  listTasks: "SELECT * FROM tasks ORDER BY created_at_ms, id",
  getTask: "SELECT * FROM tasks WHERE id = ?1",
  listSpecs: "SELECT id, spec FROM tasks",
  updateSpec: "UPDATE tasks SET spec = ?2 WHERE id = ?1",
  createTask: `
    INSERT INTO tasks (id, spec, state, reason, created_at_ms, revision, start_ts)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (id) DO NOTHING`,
  updateTask: `
    UPDATE tasks SET spec = ?2, state = ?3, reason = ?4, created_at_ms = ?5, revision = ?6, start_ts = ?7
    WHERE id = ?1 AND revision = ?6 - 1`,
  deleteAllProgress: "DELETE FROM progress WHERE task_id = ?1",
  deleteAllCollections: "DELETE FROM collections WHERE task_id = ?1",
  deleteTask: "DELETE FROM tasks WHERE id = ?1",
  saveVerification: "UPDATE tasks SET verification = ?2 WHERE id = ?1",

  listProgress:
    "SELECT channel, checkpoint, tick, frontier FROM progress WHERE task_id = ?1 ORDER BY channel",
  saveProgress: `
    INSERT INTO progress (task_id, channel, checkpoint, tick, frontier)
    SELECT id, ?2, ?3, ?4, ?5 FROM tasks WHERE id = ?1
    ON CONFLICT (task_id, channel) DO UPDATE SET
      checkpoint = max(checkpoint, excluded.checkpoint),
      tick = max(tick, excluded.tick),
      frontier = max(frontier, excluded.frontier)`,

  listCollections: "SELECT * FROM collections WHERE task_id = ?1 ORDER BY id",
  saveCollection: `
    INSERT OR REPLACE INTO collections (task_id, id, source_database, source_name, target_database, target_name,
      description, channels, created_ts, barrier_ts, partitions, is_merged, copy, structure, former_target,
      imports, only_partitions)
    SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17 FROM tasks WHERE id = ?1`,
  deleteCollection: "DELETE FROM collections WHERE task_id = ?1 AND id = ?2",

  getAccess: "SELECT access FROM tasks WHERE id = ?1 AND access IS NOT NULL",
  saveAccess: "UPDATE tasks SET access = ?2 WHERE id = ?1",

  listDatabases: "SELECT name FROM databases WHERE task_id = ?1 ORDER BY name",
  saveDatabase: `
    INSERT INTO databases (task_id, name) SELECT id, ?2 FROM tasks WHERE id = ?1
    ON CONFLICT DO NOTHING`,
  deleteDatabase: "DELETE FROM databases WHERE task_id = ?1 AND name = ?2",

  listBlockedRecords:
    "SELECT * FROM blocked_records WHERE task_id = ?1 ORDER BY blocked_at_ms, channel, record_offset",
  saveBlockedRecord: `
    INSERT OR REPLACE INTO blocked_records (task_id, channel, record_offset, collection_id, database, name, cause,
      blocked_at_ms, value, skipped_at_ms)
    SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM tasks WHERE id = ?1`,
  skipBlockedRecord:
    "UPDATE blocked_records SET skipped_at_ms = ?4 WHERE task_id = ?1 AND channel = ?2 AND record_offset = ?3",
  forgetBlockedRecords: "DELETE FROM blocked_records WHERE task_id = ?1 AND skipped_at_ms IS NULL",

  listEvents: "SELECT at_ms, text, collection FROM events WHERE task_id = ?1 ORDER BY id",
  addEvent:
    "INSERT INTO events (task_id, at_ms, text, collection) SELECT id, ?2, ?3, ?4 FROM tasks WHERE id = ?1",
  deleteOldEvents: `
    DELETE FROM events WHERE task_id = ?1 AND id NOT IN
      (SELECT id FROM events WHERE task_id = ?1 ORDER BY id DESC LIMIT ?2)`,
} as const;
