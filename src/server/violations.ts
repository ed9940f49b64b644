import type { FieldPathElement, Violation } from "#gen/buf/validate/validate_pb.js";

/** A fault of one field, said for people. */
export interface FieldFault {
  /** Path of proto names, such as `collection_infos[0].name`; empty for the request as a whole. */
  readonly field: string;
  readonly description: string;
}

const SHOWN_FAULTS = 5;

/** Reads protovalidate's finding. */
export function faultFromViolation(violation: Violation): FieldFault {
  const path = violation.field?.elements.map(pathElement).join(".") ?? "";
  const key = violation.forKey ? "a name in it " : "";
  return {
    field: path,
    description: key + (friendlier[violation.ruleId] ?? withoutSubject(violation.message)),
  };
}

/** One text that names the fields, since many clients show nothing but the message. */
export function faultsToText(faults: readonly FieldFault[]): string {
  const shown = faults.slice(0, SHOWN_FAULTS).map(faultToText).join("; ");
  const more = faults.length - SHOWN_FAULTS;
  return more > 0 ? `${shown}; and ${more} more` : shown;
}

function faultToText({ field, description }: FieldFault): string {
  return field === "" ? description : `${field}: ${description}`;
}

/** Where protovalidate's text does not tell what to do. */
const friendlier: Readonly<Record<string, string>> = {
  required: "is missing",
  "string.min_len": "must not be empty",
  "string.pattern": "must be 32 lower-case hex digits",
  "repeated.min_items": "must name at least one",
};

function withoutSubject(message: string): string {
  return message.replace(/^(value|map|repeated field) /, "");
}

function pathElement({ fieldName, subscript }: FieldPathElement): string {
  switch (subscript.case) {
    case undefined:
      return fieldName;
    case "stringKey":
      return `${fieldName}[${shownKey(subscript.value)}]`;
    case "index":
    case "boolKey":
    case "intKey":
    case "uintKey":
      return `${fieldName}[${subscript.value}]`;
  }
}

const SHOWN_KEY_CHARS = 64;

/** A map's key in a path; one of a megabyte would drown the message. */
export function shownKey(key: string): string {
  const isShort = key.length <= SHOWN_KEY_CHARS;
  return JSON.stringify(isShort ? key : `${key.slice(0, SHOWN_KEY_CHARS)}…`);
}
