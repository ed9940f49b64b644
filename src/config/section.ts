import { variableName, type Environment } from "./environment.js";
import { shown, type Faults } from "./faults.js";
import { secretFile, secretText, type Kind } from "./kinds.js";

export interface SectionContext {
  readonly environment: Environment;
  readonly faults: Faults;
}

/** A mapping of the configuration. Values come from the environment first, then from the file; faults are collected. */
export class Section {
  readonly #context: SectionContext;
  readonly #path: readonly string[];
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #asked = new Set<string>();

  private constructor(context: SectionContext, path: readonly string[], value: unknown) {
    this.#context = context;
    this.#path = path;
    this.#values = isMapping(value) ? value : {};
    if (!isMapping(value) && value !== undefined) {
      const given = typeof value === "object" ? "a list" : `a ${typeof value}`; // its text may be a secret
      context.faults.add(path.join(".") || "the file", `${given} given, expected keys and values`);
    }
  }

  /** Reads the mapping at `path`; what `read` does not ask for is unknown. */
  static read<T>(
    context: SectionContext,
    path: readonly string[],
    value: unknown,
    read: (section: Section) => T,
  ): T {
    const section = new Section(context, path, value ?? undefined);
    const result = read(section);
    for (const key of Object.keys(section.#values)) {
      if (!section.#asked.has(key)) context.faults.addUnknown(section.#keyPath(key), key, section.#asked);
    }
    return result;
  }

  optional<T>(key: string, kind: Kind<T>): T | undefined {
    const inFile = this.#fileValue(key);
    const variable = this.#context.environment.get([...this.#path, key]);
    const value = variable ?? inFile;
    if (value === undefined) return undefined;
    const parsed = kind.parse(value);
    if (parsed !== undefined) return parsed;
    const origin = variable === undefined ? "" : ` by ${variableName([...this.#path, key])}`;
    this.fault(key, `${shown(value, kind.isSecret === true)} given${origin}, expected ${kind.expected}`);
    return kind.blank;
  }

  required<T>(key: string, kind: Kind<T>): T {
    const value = this.optional(key, kind);
    if (value !== undefined) return value;
    this.fault(key, `missing, expected ${kind.expected}`);
    return kind.blank;
  }

  /** Text under `key`, or in the file that `<key>_file` names. */
  secret(key: string): string | undefined {
    const direct = this.optional(key, secretText);
    const fromFile = this.secretOfFile(`${key}_file`);
    if (direct !== undefined && fromFile !== undefined)
      this.fault(key, `given beside ${key}_file, expected one of them`);
    return direct ?? fromFile;
  }

  /** The text in the file that `key` names. */
  secretOfFile(key: string): string | undefined {
    return this.optional(key, secretFile);
  }

  /** Mappings in a list; empty when the file has none. A variable sets a key of the first one as `…_0_<key>`. */
  list<T>(key: string, read: (section: Section) => T): readonly T[] {
    const value = this.#fileValue(key) ?? [];
    if (!Array.isArray(value)) {
      this.fault(key, "expected a list");
      return [];
    }
    return value.map((item: unknown, at) =>
      Section.read(this.#context, [...this.#path, key, String(at)], item, read),
    );
  }

  /** @param fallback - what the file says if it does not mention the section */
  section<T>(key: string, read: (section: Section) => T, fallback?: unknown): T {
    return this.#below(key, this.#fileValue(key) ?? fallback, read);
  }

  /** Undefined when neither the file, nor the environment, nor the fallback says anything of it. */
  optionalSection<T>(key: string, read: (section: Section) => T, fallback?: unknown): T | undefined {
    const value = this.#fileValue(key) ?? fallback;
    const isGiven = value !== undefined || this.#context.environment.hasBelow([...this.#path, key]);
    return isGiven ? this.#below(key, value, read) : undefined;
  }

  /** A section that may also be `true`, which leaves all in it to its defaults, or `false`. */
  switchable<T>(key: string, read: (section: Section) => T): T | undefined {
    const inFile = this.#fileValue(key);
    const value = this.#context.environment.get([...this.#path, key]) ?? inFile;
    if (value === false || value === "false") return undefined;
    if (value === true || value === "true") return this.#below(key, {}, read);
    return this.optionalSection(key, read);
  }

  /** The keys of this mapping as the file has them. */
  keys(): string[] {
    return Object.keys(this.#values);
  }

  /** @param problem - without secrets */
  fault(key: string, problem: string): void {
    this.#context.faults.add(this.#keyPath(key), problem);
  }

  #below<T>(key: string, value: unknown, read: (section: Section) => T): T {
    return Section.read(this.#context, [...this.#path, key], value, read);
  }

  /** Undefined for a key without a value, too. */
  #fileValue(key: string): unknown {
    this.#asked.add(key);
    return (Object.hasOwn(this.#values, key) ? this.#values[key] : undefined) ?? undefined;
  }

  #keyPath(key: string): string {
    return [...this.#path, key].join(".");
  }
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
