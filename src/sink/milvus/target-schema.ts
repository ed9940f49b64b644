import { fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import {
  DescribeCollectionResponseSchema,
  type CreateCollectionRequestSchema,
  type DescribeCollectionResponse,
} from "#gen/milvus/wire/v1/rpc_pb.js";
import {
  CollectionSchemaSchema,
  type CollectionSchema,
  type FieldSchema,
} from "#gen/milvus/wire/v1/schema_pb.js";
import { portableProperties } from "../../milvus/collection-properties.js";
import { DataType } from "../../milvus/data-type.js";
import { CdcError } from "../../model/errors.js";
import type { ReplicatedCollection } from "../../model/replicated-collection.js";

/** Fields below this id are the server's own; they are not part of a request. */
const FIRST_USER_FIELD = 100n;

/** By Milvus's numbers. */
const CONSISTENCY_LEVELS = ["Strong", "Session", "Bounded", "Eventually", "Customized"];

/** A source's collection, and its name on the target. */
type WantedCollection = Pick<ReplicatedCollection, "source" | "target" | "description">;

/** What writing to a collection depends on. */
export interface TargetShape {
  readonly keyField: string;
  /** Rows find their partition by a column; naming one is refused. */
  readonly hasPartitionKey: boolean;
}

export function targetShape(collection: WantedCollection): TargetShape {
  const { fields } = sourceSchema(collection);
  const keyField = fields.find(({ isPrimaryKey }) => isPrimaryKey)?.name;
  if (keyField === undefined) {
    throw new CdcError("TARGET_REJECTED", `collection ${collection.source.name} has no primary key`);
  }
  return { keyField, hasPartitionKey: fields.some(({ isPartitionKey }) => isPartitionKey) };
}

/** The request that makes the collection on the target. Automatic keys are off there, so that keys stay equal. */
export function createRequest(
  collection: WantedCollection,
): MessageInitShape<typeof CreateCollectionRequestSchema> {
  const { shardsNum, consistencyLevel, properties, numPartitions } = describe(collection);
  const { hasPartitionKey } = targetShape(collection);
  return {
    dbName: collection.target.database,
    collectionName: collection.target.name,
    schema: toBinary(CollectionSchemaSchema, wantedSchema(collection)),
    shardsNum,
    consistencyLevel,
    properties: portableProperties(properties),
    // refused without a partition key
    numPartitions: hasPartitionKey ? numPartitions : 0n,
  };
}

/** How an existing target's collection differs from the wanted one, in words; empty when rows of the source fit. */
export function schemaDifferences(
  collection: WantedCollection,
  existing: DescribeCollectionResponse,
): string[] {
  const wanted = wantedSchema(collection);
  const found = fromBinary(CollectionSchemaSchema, existing.schema);
  // the dynamic field is listed by some servers, and told by enable_dynamic_field in any case
  const listed = [...wanted.fields, ...found.fields].filter(({ isDynamic }) => !isDynamic);
  const names = new Set(listed.map(({ name }) => name));
  const fields = [...names].flatMap((name) =>
    fieldDifferences(name, fieldOf(wanted, name), fieldOf(found, name)),
  );
  const isDynamicSame = wanted.enableDynamicField === found.enableDynamicField;
  return isDynamicSame
    ? fields
    : [...fields, `enable_dynamic_field is ${found.enableDynamicField}, needed ${wanted.enableDynamicField}`];
}

/** How it differs in what cannot be changed while a collection lives, and does not matter to rows; each in words. */
export function settingDifferences(
  collection: WantedCollection,
  existing: DescribeCollectionResponse,
): string[] {
  const wanted = describe(collection);
  const facts = (response: DescribeCollectionResponse): Record<string, string> => ({
    "the description": JSON.stringify(fromBinary(CollectionSchemaSchema, response.schema).description),
    "the consistency level": CONSISTENCY_LEVELS[response.consistencyLevel] ?? `${response.consistencyLevel}`,
    "the number of shards": `${response.shardsNum}`,
  });
  const found = facts(existing);
  return Object.entries(facts(wanted))
    .filter(([name, fact]) => found[name] !== fact)
    .map(([name, fact]) => `${name} is ${found[name] ?? ""}, that of the source is ${fact}`);
}

function fieldDifferences(
  name: string,
  wanted: FieldSchema | undefined,
  found: FieldSchema | undefined,
): string[] {
  if (found === undefined) return [`field ${name} is missing`];
  if (wanted === undefined) return [`field ${name} is not in the source`];
  const facts = (field: FieldSchema): Record<string, string> => ({
    data_type: typeName(field.dataType),
    element_type: typeName(field.elementType),
    is_primary_key: String(field.isPrimaryKey),
    is_partition_key: String(field.isPartitionKey),
    auto_id: String(field.autoId),
    ...Object.fromEntries(field.typeParams.map(({ key, value }) => [key, value])),
  });
  const [a, b] = [facts(wanted), facts(found)];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys]
    .filter((key) => a[key] !== b[key])
    .map((key) => `field ${name} has ${key} ${b[key] ?? "unset"}, needed ${a[key] ?? "unset"}`);
}

/** The name of a type, as Milvus's users know it. */
function typeName(type: number): string {
  const [name] = Object.entries(DataType).find(([, number]) => number === type) ?? [];
  return name ?? String(type);
}

function fieldOf(schema: CollectionSchema, name: string): FieldSchema | undefined {
  return schema.fields.find((field) => field.name === name);
}

function wantedSchema(collection: WantedCollection): CollectionSchema {
  const schema = sourceSchema(collection);
  schema.name = collection.target.name;
  schema.autoId = false;
  schema.fields = schema.fields.filter(({ fieldId, isDynamic }) => fieldId >= FIRST_USER_FIELD && !isDynamic);
  for (const field of schema.fields) field.autoId = false;
  return schema;
}

function sourceSchema(collection: WantedCollection): CollectionSchema {
  return fromBinary(CollectionSchemaSchema, describe(collection).schema);
}

function describe({ description }: WantedCollection): DescribeCollectionResponse {
  return fromBinary(DescribeCollectionResponseSchema, description);
}
