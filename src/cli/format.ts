import type { JsonValue } from "@bufbuild/protobuf";
import { Option } from "commander";
import { stringify } from "yaml";

const FORMATS = ["table", "json", "yaml"] as const;

/** How an answer is shown: `table` for people, the others for programs. */
export type Format = (typeof FORMATS)[number];

export interface Formatted {
  readonly output: Format;
}

export function formatOption(): Option {
  return new Option("-o, --output <format>", "how it is shown").choices(FORMATS).default("table");
}

export function structured(json: JsonValue, format: Exclude<Format, "table">): string {
  return format === "json" ? JSON.stringify(json, undefined, 2) : stringify(json).trimEnd();
}
