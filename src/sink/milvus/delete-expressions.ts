import type { PrimaryKeys } from "../../model/change-event.js";
import type { KeyRange } from "../applier.js";

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
    else literals.push(literal(key));
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

/** The expression of all keys of a range except some: the whole range for none. */
export function othersExpression(keyField: string, { after, upTo }: KeyRange, kept: PrimaryKeys): string {
  const isLeastOut = after === MIN_INT64 || [...kept].some((key) => key === MIN_INT64);
  const bounds = [
    ...(isLeastOut ? [`${keyField} >= ${MIN_INT64 + 1n}`] : []),
    ...(after === undefined || after === MIN_INT64 ? [] : [`${keyField} > ${literal(after)}`]),
    ...(upTo === undefined || upTo === MIN_INT64 ? [] : [`${keyField} <= ${literal(upTo)}`]),
    ...(upTo === MIN_INT64 ? [`${keyField} < ${MIN_INT64 + 1n}`] : []),
  ];
  const literals = Array.from<bigint | string>(kept).filter((key) => key !== MIN_INT64);
  return [...bounds, `${keyField} not in [${literals.map(literal).join(",")}]`].join(" and ");
}

/** JSON's text literals are Milvus's, for quotes, controls, emoji and the empty text too. */
function literal(key: bigint | string): string {
  return typeof key === "bigint" ? key.toString() : JSON.stringify(key);
}
