import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { DescribeCollectionResponseSchema } from "#gen/milvus/wire/v1/rpc_pb.js";
import { CollectionSchemaSchema, type FieldSchemaSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import { DataType } from "../../src/milvus/data-type.js";
import type { ReplicatedCollection } from "../../src/model/replicated-collection.js";
import { aCollection } from "./metastore-values.js";

type Field = MessageInitShape<typeof FieldSchemaSchema>;

/** A schema as a source describes it: with its system fields, an automatic key, and what is dynamic. */
export const FIELDS: readonly Field[] = [
  { fieldId: 100n, name: "id", dataType: DataType.int64, isPrimaryKey: true, autoId: true },
  {
    fieldId: 101n,
    name: "vector",
    dataType: DataType.floatVector,
    typeParams: [{ key: "dim", value: "8" }],
  },
  { fieldId: 102n, name: "$meta", dataType: DataType.json, isDynamic: true },
  { fieldId: 0n, name: "RowID", dataType: DataType.int64 },
  { fieldId: 1n, name: "Timestamp", dataType: DataType.int64 },
];

type Schema = MessageInitShape<typeof CollectionSchemaSchema>;
type Response = MessageInitShape<typeof DescribeCollectionResponseSchema>;

export function schemaBytes(
  fields: readonly Field[] = FIELDS,
  rest: Omit<Schema, "fields"> = {},
): Uint8Array {
  const schema = { name: "one", autoId: true, enableDynamicField: true, ...rest, fields: [...fields] };
  return toBinary(CollectionSchemaSchema, create(CollectionSchemaSchema, schema as Schema));
}

/** A collection of a source with these fields. */
export function describedCollection(
  fields: readonly Field[] = FIELDS,
  rest: Response = {},
): ReplicatedCollection {
  const response = create(DescribeCollectionResponseSchema, {
    shardsNum: 2,
    consistencyLevel: 1,
    properties: [{ key: "collection.ttl.seconds", value: "60" }],
    numPartitions: 16n,
    ...rest,
    schema: schemaBytes(fields),
  });
  return aCollection({ description: toBinary(DescribeCollectionResponseSchema, response) });
}
