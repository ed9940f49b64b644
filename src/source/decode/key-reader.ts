import { fromBinary } from "@bufbuild/protobuf";
import { DescribeCollectionResponseSchema } from "#gen/milvus/wire/v1/rpc_pb.js";
import { CollectionSchemaSchema } from "#gen/milvus/wire/v1/schema_pb.js";
import type { PrimaryKeys, RowInsert } from "../../model/change-event.js";
import { CdcError } from "../../model/errors.js";
import { keysOfInsert } from "../../milvus/primary-keys.js";

/**
 * Reads the keys of a collection's inserts; made from its description.
 *
 * @throws CdcError RECORD_UNREADABLE
 */
export function keyReader(description: Uint8Array): (insert: RowInsert) => PrimaryKeys {
  const { schema } = fromBinary(DescribeCollectionResponseSchema, description);
  const { fields, name } = fromBinary(CollectionSchemaSchema, schema);
  const keyField = fields.find(({ isPrimaryKey }) => isPrimaryKey)?.name;
  if (keyField === undefined)
    throw new CdcError("RECORD_UNREADABLE", `collection ${name} has no primary key`);
  return (insert) => {
    if (insert.fault !== undefined) throw insert.fault;
    return keysOfInsert(insert, keyField);
  };
}
