/** Numbers of Milvus's message types that a replicator acts on. */
export const MsgType = {
  createCollection: 100,
  dropCollection: 101,
  loadCollection: 106,
  releaseCollection: 107,
  dropPartition: 201,
  createIndex: 300,
  dropIndex: 302,
  insert: 400,
  delete: 401,
  flush: 402,
  import: 408,
  timeTick: 1200,
  createDatabase: 1801,
  dropDatabase: 1802,
} as const;
