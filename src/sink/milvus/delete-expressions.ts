import type { PrimaryKeys } from "../../model/change-event.js";
import { isMinimum, keyConditions, keyLiterals, MIN_INT64 } from "../../milvus/key-bounds.js";
import type { KeyRange } from "../applier.js";

/** A request takes 64 MiB; 200,000 keys in one expression are known to work. */
const MAX_KEYS = 50_000;
const MAX_TEXT_CHARS = 4 << 20;

/** Expressions that name exactly these keys. */
export function deleteExpressions(keyField: string, keys: PrimaryKeys): string[] {
  const literals = keyLiterals(keys);
  const expressions = chunks(literals).map((chunk) => `${keyField} in [${chunk.join(",")}]`);
  return literals.length === keys.length ? expressions : [...expressions, isMinimum(keyField)];
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
  const isLeastKept = after === undefined && kept.some((key) => key === MIN_INT64);
  const conditions = keyConditions(keyField, { after: isLeastKept ? MIN_INT64 : after, upTo });
  return [...conditions, `${keyField} not in [${keyLiterals(kept).join(",")}]`].join(" and ");
}
