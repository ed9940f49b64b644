import { MAX_INT64, MIN_INT64 } from "../milvus/key-bounds.js";
import { compareKeys } from "../model/key-order.js";
import type { Key } from "../model/key-span.js";

/** Unicode's code points, without the surrogates, which no text has alone. */
const BASE = 0x11_0000n - 0x800n;
const FIRST_AFTER_SURROGATES = 0xd800;
/** How far behind the first difference one looks for a text between two others. */
const DIGITS = 3;

/** A key between two others, larger than `after` and smaller than `upTo`; undefined when none is known. */
export function keyBetween(
  after: Key | undefined,
  upTo: Key | undefined,
  hasTextKeys: boolean,
): Key | undefined {
  const middle = hasTextKeys
    ? textBetween(textOf(after), upTo === undefined ? undefined : textOf(upTo))
    : ((numberOf(after) ?? MIN_INT64) + (numberOf(upTo) ?? MAX_INT64)) >> 1n;
  // long texts are looked at no further than their first few digits
  const isInside =
    (after === undefined || compareKeys(after, middle) < 0) &&
    (upTo === undefined || compareKeys(middle, upTo) < 0);
  return isInside ? middle : undefined;
}

function numberOf(key: Key | undefined): bigint | undefined {
  return typeof key === "bigint" ? key : undefined;
}

function textOf(key: Key | undefined): string {
  return typeof key === "string" ? key : "";
}

/** Texts as fractions, of which each code point is a digit. */
function textBetween(after: string, upTo: string | undefined): string {
  const a = digitsOf(after);
  const b = upTo === undefined ? [] : digitsOf(upTo);
  let same = 0;
  if (upTo !== undefined) while (same < a.length && a[same] === b[same]) same++;
  const tail = (digits: readonly bigint[]): bigint =>
    Array.from({ length: DIGITS }, (_, i) => digits[same + i] ?? 0n).reduce((sum, d) => sum * BASE + d, 0n);
  const end = upTo === undefined ? BASE ** BigInt(DIGITS) - 1n : tail(b);
  let middle = (tail(a) + end) >> 1n;
  const digits: bigint[] = [];
  for (let i = 0; i < DIGITS; i++) {
    digits.unshift(middle % BASE);
    middle /= BASE;
  }
  // zeros at the end make a longer text that is no other fraction
  while (digits.at(-1) === 0n) digits.pop();
  return textFrom([...a.slice(0, same), ...digits]);
}

function digitsOf(text: string): bigint[] {
  return Array.from(text, (character) => {
    const point = character.codePointAt(0) ?? 0;
    return BigInt(point < FIRST_AFTER_SURROGATES ? point : point - 0x800);
  });
}

function textFrom(digits: readonly bigint[]): string {
  return digits
    .map((digit) => {
      const number = Number(digit);
      return String.fromCodePoint(number < FIRST_AFTER_SURROGATES ? number : number + 0x800);
    })
    .join("");
}
