const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * One text for all texts of one JSON value: without spaces, with sorted keys, each number by its value, however it is
 * written and however long it is. Undefined for what is no JSON.
 */
export function canonicalJson(text: string): string | undefined {
  // numbers become texts of another kind, since JavaScript's own cannot hold all of them; tagged keys keep their order
  const tagged = text.replace(TOKENS, (token) =>
    token.startsWith('"') ? `"s${token.slice(1)}` : `"n${canonicalNumber(token)}"`,
  );
  try {
    return JSON.stringify(sorted(JSON.parse(tagged)));
  } catch {
    return undefined;
  }
}

/** Digits without zeros around them, and the power of ten of the last one. */
function canonicalNumber(token: string): string {
  const [mantissa = "", exponent = "0"] = token.toLowerCase().split("e");
  const sign = mantissa.startsWith("-") ? "-" : "";
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${power}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]): [string, unknown] => [key, sorted(inner)]));
}
