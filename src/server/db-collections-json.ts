import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/** Proto JSON reads a field by either name. */
const FIELD_NAMES = ["db_collections", "dbCollections", "exclude_collections", "excludeCollections"];

/**
 * The documented JSON has arrays as values of `db_collections` and the like, where a proto
 * map needs a message: `{"db": [{"name": "a"}]}` becomes
 * `{"db": {"collection_infos": [{"name": "a"}]}}`. What is of another form stays.
 */
export function withCollectionMessages(request: JsonObject): JsonObject {
  return mapDatabases(request, (value) => (Array.isArray(value) ? { collection_infos: value } : value));
}

/** The way back, for answers. */
export function withCollectionArrays(task: JsonObject): JsonObject {
  return mapDatabases(task, (value) => (isObject(value) ? (value.collection_infos ?? []) : value));
}

/** A message's path, as a client of the documented JSON knows it. */
export function documentedPath(text: string): string {
  return text.replaceAll(/((?:db|exclude)_collections\["(?:[^"\\]|\\.)*"\])\.collection_infos/g, "$1");
}

/** Whether a JSON value is an object in the narrow sense. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapDatabases(message: JsonObject, map: (value: JsonValue) => JsonValue): JsonObject {
  const entries = Object.entries(message).map(([key, value]) => {
    if (!FIELD_NAMES.includes(key) || !isObject(value)) return [key, value] as const;
    return [
      key,
      Object.fromEntries(Object.entries(value).map(([name, infos]) => [name, map(infos)])),
    ] as const;
  });
  return Object.fromEntries(entries);
}
