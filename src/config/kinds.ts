import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { CdcError } from "../model/errors.js";
import { parseMilvusUri, type MilvusUri } from "../model/milvus-uri.js";

/** What a key's value may be. From the environment it is always text. */
export interface Kind<T> {
  /** For people: `a port from 0 to 65535`. */
  readonly expected: string;
  /** Stands in for a faulty value until the faults are thrown; never seen by anyone. */
  readonly blank: T;
  readonly isSecret?: boolean;
  /** Undefined when it is no such value. */
  parse(value: unknown): T | undefined;
}

export const text: Kind<string> = { expected: "text", blank: "", parse: nonEmpty };

export const secretText: Kind<string> = { ...text, isSecret: true };

/** A file's content without the line break that editors leave at its end. */
export const secretFile: Kind<string> = {
  expected: "the path of a readable file with text in it",
  blank: "",
  parse: (value) => {
    const content = attempt(() => readFileSync(nonEmpty(value) ?? "", "utf8"));
    return nonEmpty(content?.replace(/\r?\n$/, ""));
  },
};

/** The same of several: a list, or text with commas between them. */
export const secretFiles: Kind<readonly string[]> = {
  expected: "a list of paths of readable files with text in them",
  blank: [],
  isSecret: true, // of several keys one is soon given itself
  parse: (value) => {
    const paths: unknown = typeof value === "string" ? value.split(",").map((part) => part.trim()) : value;
    if (!Array.isArray(paths)) return undefined;
    const contents = paths.map((path) => secretFile.parse(path)).filter((content) => content !== undefined);
    return contents.length === paths.length ? contents : undefined;
  },
};

export const readablePath: Kind<string> = {
  expected: "the path of a readable file",
  blank: "",
  parse: (value) => {
    const path = nonEmpty(value);
    return path === undefined ? undefined : attempt(() => (accessSync(path, constants.R_OK), path));
  },
};

export const directory: Kind<string> = {
  expected: "the path of a folder",
  blank: "",
  parse: (value) => {
    const path = nonEmpty(value);
    return path !== undefined && attempt(() => statSync(path).isDirectory()) === true ? path : undefined;
  },
};

/** A list, or text with commas between them. */
export const texts: Kind<readonly string[]> = {
  expected: "a list of texts",
  blank: [],
  parse: (value) => {
    const list: unknown = typeof value === "string" ? value.split(",").map((part) => part.trim()) : value;
    return Array.isArray(list) && list.every((one) => nonEmpty(one) !== undefined) ? list : undefined;
  },
};

export function integer(unit: string, min: number, max: number): Kind<number> {
  return {
    expected: `${unit} from ${min} to ${max}`,
    blank: min,
    parse: (value) => {
      const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
      const isInRange =
        typeof number === "number" && Number.isInteger(number) && number >= min && number <= max;
      return isInRange ? number : undefined;
    },
  };
}

export function oneOf<const T extends string>(first: T, ...others: readonly T[]): Kind<T> {
  const all = [first, ...others];
  return {
    expected: all.length === 1 ? first : `one of ${all.join(", ")}`,
    blank: first,
    parse: (value) => all.find((name) => name === value),
  };
}

export const boolean: Kind<boolean> = {
  expected: "true or false",
  blank: false,
  parse: (value) => {
    if (value === true || value === "true") return true;
    return value === false || value === "false" ? false : undefined;
  },
};

/** Not shown when it is wrong: somebody may have given the secret itself. */
export const sha256Hex: Kind<string> = {
  expected: "64 hex digits, as `milvus-cdc token` prints them",
  blank: "",
  isSecret: true,
  parse: (value) =>
    typeof value === "string" && /^[\da-f]{64}$/i.test(value) ? value.toLowerCase() : undefined,
};

/** A list, or text with commas between them. */
export const brokers: Kind<readonly string[]> = {
  expected: "a list of host:port",
  blank: [],
  parse: (value) => {
    const list: unknown = typeof value === "string" ? value.split(",").map((part) => part.trim()) : value;
    return Array.isArray(list) && list.length > 0 && list.every(isHostAndPort) ? list : undefined;
  },
};

export const httpUrl: Kind<string> = {
  expected: "http://host:port or https://host:port",
  blank: "",
  parse: (value) => {
    const url = nonEmpty(value);
    return url !== undefined && /^https?:\/\//.test(url) && URL.canParse(url) ? url : undefined;
  },
};

export const milvusUri: Kind<MilvusUri> = {
  expected: "http://host:port, https://host:port or host:port",
  blank: { endpoint: "", useTls: false },
  parse: (value) => {
    try {
      return parseMilvusUri(nonEmpty(value) ?? "");
    } catch (error) {
      if (error instanceof CdcError) return undefined;
      throw error;
    }
  },
};

function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isHostAndPort(value: unknown): value is string {
  const port =
    typeof value === "string" ? /^(?:\[[\da-f:.]+\]|[^\s:,[\]/@]+):(\d{1,5})$/i.exec(value)?.[1] : undefined;
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65535;
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined; // the fault names the path and says what is expected of it
  }
}
