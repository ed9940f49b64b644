/** Of a value; a vector may have thousands. */
const SHOWN_CHARACTERS = 60;

/** A row as a query answers it. */
export type Row = Readonly<Record<string, unknown>>;

/** Rows of both sides that are not equal. */
export interface Difference {
  readonly id: string;
  /** For people. */
  readonly text: string;
}

/** Compares all fields of all rows, by their key `id`. Order of rows and of a JSON object's keys does not matter. */
export function compareRows(source: readonly Row[], target: readonly Row[]): readonly Difference[] {
  const sourceById = byId(source);
  const targetById = byId(target);
  const ids = [...new Set([...sourceById.keys(), ...targetById.keys()])];
  return ids.flatMap((id) => {
    const text = differenceOf(sourceById.get(id), targetById.get(id));
    return text === undefined ? [] : [{ id, text }];
  });
}

function byId(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [String(row["id"]), row]));
}

function differenceOf(source: Row | undefined, target: Row | undefined): string | undefined {
  if (target === undefined) return "is missing on the target";
  if (source === undefined) return "is on the target only";
  const fields = [...new Set([...Object.keys(source), ...Object.keys(target)])].sort();
  const different = fields.filter((field) => canonical(source[field]) !== canonical(target[field]));
  if (different.length === 0) return undefined;
  return different
    .map((field) => `${field}: source ${shown(source[field])}, target ${shown(target[field])}`)
    .join("; ");
}

function shown(value: unknown): string {
  const text = canonical(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** JSON with sorted keys; tells -0, NaN and the infinities, which JSON does not know, from other values. */
function canonical(value: unknown): string {
  if (value === undefined) return "(absent)";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
