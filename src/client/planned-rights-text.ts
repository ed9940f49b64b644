import type { PlannedRight } from "#gen/milvus/cdc/v1/cdc_service_pb.js";

/** By the object that they are of, such as `Collection *`, the names of privileges. */
export function rightsByObject(
  rights: readonly PlannedRight[],
): readonly (readonly [object: string, privileges: readonly string[]])[] {
  const found = new Map<string, string[]>();
  for (const { privilege, objectType, objectName } of rights) {
    const object = `${objectType} ${objectName}`;
    found.set(object, [...(found.get(object) ?? []), privilege]);
  }
  return [...found];
}
