import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { CdcError } from "../model/errors.js";
import type { Config } from "./config.js";
import { readConfig } from "./read-config.js";

/**
 * Loads one YAML file (JSON is YAML) and the variables MILVUS_CDC_…, which win
 * over it; without a file, the variables and the defaults.
 *
 * @throws CdcError CONFIG_INVALID naming every fault
 */
export function loadConfig(
  path: string | undefined,
  variables: Readonly<Record<string, string | undefined>>,
): Config {
  return readConfig(path === undefined ? undefined : parseYaml(path, readText(path)), variables);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new CdcError("CONFIG_INVALID", `cannot read the configuration ${path}: ${detail}`, { cause });
  }
}

/** Errors say line and column, without the line itself, which may hold a secret; so they go without cause, too. */
function parseYaml(path: string, text: string): unknown {
  const document = parseDocument(text);
  const faults = document.errors.map(({ code, linePos }) => {
    const { line, col } = linePos?.[0] ?? { line: 1, col: 1 };
    return `${path}:${line}:${col}: no YAML (${code.toLowerCase().replaceAll("_", " ")})`;
  });
  if (faults.length > 0) throw new CdcError("CONFIG_INVALID", faults.join("\n"));
  try {
    return document.toJS();
  } catch {
    throw new CdcError(
      "CONFIG_INVALID",
      `${path}: no YAML (an alias without its anchor, or too many of them)`,
    );
  }
}
