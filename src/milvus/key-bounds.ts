import type { PrimaryKeys } from "../model/change-event.js";

/** Keys larger than `after` and no larger than `upTo`; undefined is no bound. */
export interface KeyBounds {
  readonly after?: bigint | string | undefined;
  readonly upTo?: bigint | string | undefined;
}

/** Its digits overflow in an expression, so it needs comparisons with its neighbour. */
export const MIN_INT64 = -(2n ** 63n);
export const MAX_INT64 = 2n ** 63n - 1n;

/** Conditions that hold for the keys of a range: none when there are no bounds. */
export function keyConditions(keyField: string, { after, upTo }: KeyBounds): string[] {
  const conditions: string[] = [];
  if (after === MIN_INT64) conditions.push(`${keyField} >= ${MIN_INT64 + 1n}`);
  else if (after !== undefined) conditions.push(`${keyField} > ${keyLiteral(after)}`);
  if (upTo === MIN_INT64) conditions.push(isMinimum(keyField));
  else if (upTo !== undefined) conditions.push(`${keyField} <= ${keyLiteral(upTo)}`);
  return conditions;
}

/** Holds for these keys alone. */
export function keyListCondition(keyField: string, keys: PrimaryKeys): string {
  const literals = keyLiterals(keys);
  const condition = `${keyField} in [${literals.join(",")}]`;
  return literals.length === keys.length ? condition : `(${condition} or ${isMinimum(keyField)})`;
}

/** As lists of an expression have them; the smallest int64, which no list can have, is left out: see `isMinimum`. */
export function keyLiterals(keys: PrimaryKeys): string[] {
  const literals: string[] = [];
  for (const key of keys) if (key !== MIN_INT64) literals.push(keyLiteral(key));
  return literals;
}

/** Holds for the smallest int64 alone. */
export function isMinimum(keyField: string): string {
  return `${keyField} < ${MIN_INT64 + 1n}`;
}

/** JSON's text literals are Milvus's, for quotes, controls, emoji and the empty text too. */
function keyLiteral(key: bigint | string): string {
  return typeof key === "bigint" ? key.toString() : JSON.stringify(key);
}
