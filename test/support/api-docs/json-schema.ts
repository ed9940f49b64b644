import {
  getOption,
  hasOption,
  ScalarType,
  type DescEnum,
  type DescField,
  type DescMessage,
} from "@bufbuild/protobuf";
import { field as fieldRules, type FieldRules } from "#gen/buf/validate/validate_pb.js";
import { commentOf } from "./api-descriptors.js";

export type JsonSchema = { [key: string]: unknown };

/** Two ways to write the same messages: `/cdc` has the names of the proto files, Connect's answers camelCase. */
export type Dialect = "cdc" | "connect";

const SCALARS: ReadonlyMap<ScalarType, JsonSchema> = new Map<ScalarType, JsonSchema>([
  [ScalarType.STRING, { type: "string" }],
  [ScalarType.BOOL, { type: "boolean" }],
  [ScalarType.INT32, { type: "integer", format: "int32" }],
  [ScalarType.UINT32, { type: "integer", minimum: 0 }],
  [ScalarType.INT64, { type: "string", format: "int64" }],
  [ScalarType.UINT64, { type: "string", format: "uint64" }],
  [ScalarType.DOUBLE, { type: "number", format: "double" }],
  [ScalarType.BYTES, { type: "string", contentEncoding: "base64" }],
]);

/** The schema of a message of ours, whose fields refer to others by name. */
export function messageSchema(message: DescMessage, dialect: Dialect): JsonSchema {
  const properties = message.fields.map(
    (field) => [fieldName(field, dialect), fieldSchema(field, dialect)] as const,
  );
  const required = message.fields.filter(isRequired).map((field) => fieldName(field, dialect));
  return {
    type: "object",
    ...described(commentOf(message)),
    ...(properties.length > 0 && { properties: Object.fromEntries(properties) }),
    ...(required.length > 0 && { required }),
  };
}

export function enumSchema(desc: DescEnum): JsonSchema {
  return { type: "string", ...described(commentOf(desc)), enum: desc.values.map(({ name }) => name) };
}

/** Where a message or an enumeration is described. Google's are in the schema itself. */
export function referenceTo(desc: DescMessage | DescEnum, dialect: Dialect): JsonSchema {
  if (desc.typeName === "google.protobuf.Timestamp") return { type: "string", format: "date-time" };
  return { $ref: `#/components/schemas/${schemaName(desc, dialect)}` };
}

export function schemaName(desc: DescMessage | DescEnum, dialect: Dialect): string {
  const name = desc.typeName.slice(desc.file.proto.package.length + 1);
  return desc.kind === "enum" ? name : `${dialect}.${name}`;
}

function fieldName(field: DescField, dialect: Dialect): string {
  return dialect === "cdc" ? field.name : field.jsonName;
}

function fieldSchema(field: DescField, dialect: Dialect): JsonSchema {
  return { ...shapeOf(field, dialect), ...described(commentOf(field)) };
}

function shapeOf(field: DescField, dialect: Dialect): JsonSchema {
  if (field.fieldKind === "list") return { type: "array", items: valueSchema(field, dialect) };
  if (field.fieldKind !== "map") return { ...valueSchema(field, dialect), ...limitsOf(field) };
  return { type: "object", additionalProperties: mapValueSchema(field, dialect) };
}

/** `/cdc` has a list where a proto map needs a message around it. */
function mapValueSchema(field: DescField, dialect: Dialect): JsonSchema {
  const [list] = field.message?.fields ?? [];
  const isWrapped = dialect === "cdc" && field.message?.name === "CollectionInfos" && list !== undefined;
  return isWrapped ? { type: "array", items: valueSchema(list, dialect) } : valueSchema(field, dialect);
}

function valueSchema(field: DescField, dialect: Dialect): JsonSchema {
  if (field.message !== undefined) return referenceTo(field.message, dialect);
  if (field.enum !== undefined) return referenceTo(field.enum, dialect);
  const schema = SCALARS.get(field.scalar);
  if (schema === undefined) throw new Error(`no JSON schema for ${field.toString()}`);
  return schema;
}

/** What is checked by rules that JSON schema knows as well; the others are in the comments. */
function limitsOf(field: DescField): JsonSchema {
  const rules = rulesOf(field)?.type;
  if (rules?.case === "string") {
    const { minLen, maxLen, pattern, in: names } = rules.value;
    return {
      ...(names.length > 0 && { enum: names }),
      ...(minLen > 0n && { minLength: Number(minLen) }),
      ...(maxLen > 0n && { maxLength: Number(maxLen) }),
      ...(pattern !== "" && { pattern }),
    };
  }
  if (rules?.case !== "int32" && rules?.case !== "uint32") return {};
  const { greaterThan, lessThan } = rules.value;
  return {
    ...(greaterThan.case === "gte" && { minimum: greaterThan.value }),
    ...(lessThan.case === "lte" && { maximum: lessThan.value }),
  };
}

/** Also what must not be empty. */
function isRequired(field: DescField): boolean {
  const rules = rulesOf(field);
  const isNonEmpty = rules?.type.case === "string" && rules.type.value.minLen > 0n;
  return rules?.required === true || (isNonEmpty && !field.proto.proto3Optional);
}

function rulesOf(field: DescField): FieldRules | undefined {
  return hasOption(field, fieldRules) ? getOption(field, fieldRules) : undefined;
}

function described(description: string): JsonSchema {
  return description === "" ? {} : { description };
}
