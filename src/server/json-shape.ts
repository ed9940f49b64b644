import { ScalarType, type DescField, type DescMessage, type JsonValue } from "@bufbuild/protobuf";
import { shownKey, type FieldFault } from "./violations.js";

/**
 * The first place where a JSON value does not have a message's shape, or
 * undefined. protobuf-es refuses the same values, but names the message's type
 * and not the path, and quotes the value, which may be a password.
 */
export function findShapeFault(desc: DescMessage, json: JsonValue, path = ""): FieldFault | undefined {
  if (json === null || typeof json !== "object" || Array.isArray(json)) return wrong(path, "an object", json);
  const seen = new Set<DescField>();
  for (const [key, value] of Object.entries(json)) {
    const field = desc.fields.find(({ name, jsonName }) => name === key || jsonName === key);
    if (field === undefined) continue;
    const fieldPath = path === "" ? field.name : `${path}.${field.name}`;
    if (seen.has(field)) return { field: fieldPath, description: "is given twice, by both its names" };
    seen.add(field);
    const fault = findFieldFault(field, value, fieldPath);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function findFieldFault(field: DescField, value: JsonValue, path: string): FieldFault | undefined {
  if (value === null) return undefined;
  switch (field.fieldKind) {
    case "list":
      if (!Array.isArray(value)) return wrong(path, "an array", value);
      return firstFault(
        value.map((item, i) => [`[${i}]`, item]),
        field,
        path,
      );
    case "map":
      if (typeof value !== "object" || Array.isArray(value)) return wrong(path, "an object", value);
      return firstFault(
        Object.entries(value).map(([key, item]) => [`[${shownKey(key)}]`, item]),
        field,
        path,
      );
    case "message":
      return findShapeFault(field.message, value, path);
    case "scalar":
      return findScalarFault(field.scalar, value, path);
    case "enum":
      return undefined;
  }
}

function firstFault(
  items: readonly (readonly [subscript: string, item: JsonValue])[],
  { message, scalar }: DescField,
  path: string,
): FieldFault | undefined {
  for (const [subscript, item] of items) {
    const itemPath = path + subscript;
    const fault =
      message !== undefined
        ? findShapeFault(message, item, itemPath)
        : findScalarFault(scalar ?? ScalarType.STRING, item, itemPath);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** The scalars that requests have; fromJson has the last word on others. */
function findScalarFault(scalar: ScalarType, value: JsonValue, path: string): FieldFault | undefined {
  if (scalar === ScalarType.STRING) return findStringFault(value, path);
  if (scalar === ScalarType.BOOL && typeof value !== "boolean") return wrong(path, "true or false", value);
  if (scalar === ScalarType.INT32 && !isInt32(value)) return wrong(path, "a whole number", value);
  if (scalar === ScalarType.UINT32 && !(isInt32(value) && Number(value) >= 0))
    return wrong(path, "a whole number and not below 0", value);
  return undefined;
}

function findStringFault(value: JsonValue, path: string): FieldFault | undefined {
  if (typeof value !== "string") return wrong(path, "a string", value);
  // A lone surrogate has no UTF-8 form, so it would silently become another name.
  if (/\p{Surrogate}/u.test(value))
    return { field: path, description: "has half a character (a lone surrogate)" };
  return undefined;
}

/** Proto JSON takes a number in quotes. */
function isInt32(value: JsonValue): boolean {
  if (typeof value === "string" && value.trim() !== value) return false;
  const isNumber = typeof value === "number" || (typeof value === "string" && value !== "");
  return isNumber && Number.isInteger(Number(value)) && Math.abs(Number(value)) < 2 ** 31;
}

/** Says a value's kind, never the value. */
function wrong(field: string, expected: string, value: JsonValue): FieldFault {
  const subject = field === "" ? "the request " : "";
  return { field, description: `${subject}must be ${expected}, not ${kindOf(value)}` };
}

function kindOf(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "number") return Number.isInteger(value) ? "a number of this size" : "a fraction";
  return typeof value === "string" ? "a string" : String(value);
}
