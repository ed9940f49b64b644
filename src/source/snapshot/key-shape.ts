import { fromBinary } from "@bufbuild/protobuf";
import { DescribeCollectionResponseSchema } from "#gen/milvus/wire/v1/rpc_pb.js";
import { CollectionSchemaSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import { DataType } from "../../milvus/data-type.js";
import { CdcError } from "../../model/errors.js";

/** Types of vectors have the largest numbers. */
const FIRST_VECTOR_TYPE = DataType.binaryVector;

/** What the reading of a collection depends on. */
export interface KeyShape {
  readonly keyField: string;
  readonly hasTextKeys: boolean;
  /** Its partitions cannot be named. */
  readonly hasPartitionKey: boolean;
  /** Each has to have an index before the collection can be loaded. */
  readonly vectorFields: readonly string[];
}

/** @throws CdcError RECORD_UNREADABLE when the description names no primary key */
export function keyShape(description: Uint8Array): KeyShape {
  const { schema } = fromBinary(DescribeCollectionResponseSchema, description);
  const { fields, name } = fromBinary(CollectionSchemaSchema, schema);
  const key = fields.find(({ isPrimaryKey }) => isPrimaryKey);
  if (key === undefined) throw new CdcError("RECORD_UNREADABLE", `collection ${name} has no primary key`);
  return {
    keyField: key.name,
    hasTextKeys: key.dataType === DataType.varChar,
    hasPartitionKey: fields.some(({ isPartitionKey }) => isPartitionKey),
    vectorFields: fields.filter(({ dataType }) => dataType >= FIRST_VECTOR_TYPE).map((field) => field.name),
  };
}
