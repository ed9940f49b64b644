import { CdcError } from "../model/errors.js";
import { closestName } from "./closest-name.js";

const SHOWN_LENGTH = 60;

/** What is wrong with a configuration: collected, so that an operator mends all of it at once. */
export class Faults {
  readonly #lines: string[] = [];

  add(key: string, problem: string): void {
    this.#lines.push(`${key}: ${problem}`);
  }

  /** A name that means nothing here, with the one that was probably meant. */
  addUnknown(key: string, name: string, known: Iterable<string>): void {
    const meant = closestName(name, known);
    this.add(key, meant === undefined ? "unknown" : `unknown, did you mean ${meant}?`);
  }

  /** @throws CdcError CONFIG_INVALID with a line per fault, if there is any */
  throwIfAny(): void {
    const count = this.#lines.length;
    if (count === 0) return;
    const title = `${count} ${count === 1 ? "fault" : "faults"} in the configuration:`;
    throw new CdcError("CONFIG_INVALID", [title, ...this.#lines].join("\n  "));
  }
}

/** A value for a message. Secrets stay out: those known as such, and text with an @, which may be credentials in a uri. */
export function shown(value: unknown, isSecret: boolean): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  const text = JSON.stringify(value);
  if (isSecret || text.includes("@")) return "a value that is not shown";
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
