/** Keys larger than `after` and no larger than `upTo`; undefined is no bound. */
export interface KeyBounds {
  readonly after?: bigint | string | undefined;
  readonly upTo?: bigint | string | undefined;
}

/** Its digits overflow in an expression, so it needs comparisons with its neighbour. */
export const MIN_INT64 = -(2n ** 63n);

/** Conditions that hold for the keys of a range: none when there are no bounds. */
export function keyConditions(keyField: string, { after, upTo }: KeyBounds): string[] {
  const conditions: string[] = [];
  if (after === MIN_INT64) conditions.push(`${keyField} >= ${MIN_INT64 + 1n}`);
  else if (after !== undefined) conditions.push(`${keyField} > ${keyLiteral(after)}`);
  if (upTo === MIN_INT64) conditions.push(`${keyField} < ${MIN_INT64 + 1n}`);
  else if (upTo !== undefined) conditions.push(`${keyField} <= ${keyLiteral(upTo)}`);
  return conditions;
}

/** Holds for these keys alone. */
export function keyListCondition(keyField: string, keys: readonly bigint[] | readonly string[]): string {
  const all = Array.from<bigint | string>(keys);
  const literals = all.filter((key) => key !== MIN_INT64).map(keyLiteral);
  const condition = `${keyField} in [${literals.join(",")}]`;
  return literals.length === all.length ? condition : `(${condition} or ${keyField} < ${MIN_INT64 + 1n})`;
}

/** JSON's text literals are Milvus's, for quotes, controls, emoji and the empty text too. */
export function keyLiteral(key: bigint | string): string {
  return typeof key === "bigint" ? key.toString() : JSON.stringify(key);
}
