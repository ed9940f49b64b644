import type { PrimaryKeys } from "../../model/change-event.js";

/** A request takes 64 MiB; 200,000 keys in one expression are known to work. */
const MAX_KEYS = 50_000;
const MAX_TEXT_CHARS = 4 << 20;
/** Its digits overflow in an expression, so it needs a comparison of its own. */
const MIN_INT64 = -(2n ** 63n);

/** Expressions that name exactly these keys. */
export function deleteExpressions(keyField: string, keys: PrimaryKeys): string[] {
  const literals: string[] = [];
  let hasMinimum = false;
  for (const key of keys) {
    if (key === MIN_INT64) hasMinimum = true;
    // JSON's text literals are Milvus's, for quotes, controls, emoji and the empty text too
    else literals.push(typeof key === "bigint" ? key.toString() : JSON.stringify(key));
  }
  const expressions = chunks(literals).map((chunk) => `${keyField} in [${chunk.join(",")}]`);
  return hasMinimum ? [...expressions, `${keyField} < ${MIN_INT64 + 1n}`] : expressions;
}

function chunks(literals: readonly string[]): string[][] {
  const result: string[][] = [];
  let chars = 0;
  for (const literal of literals) {
    const last = result.at(-1);
    if (last === undefined || last.length >= MAX_KEYS || chars + literal.length > MAX_TEXT_CHARS) {
      result.push([literal]);
      chars = literal.length;
    } else {
      last.push(literal);
      chars += literal.length;
    }
  }
  return result;
}
