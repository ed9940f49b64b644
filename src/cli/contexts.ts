import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import * as z from "zod";

const context = z.strictObject({
  server: z.url({ protocol: /^https?$/ }),
  /** Never the token itself: this file is one that people show and copy. */
  token_file: z.string().optional(),
});
const shape = z.strictObject({
  current: z.string().optional(),
  contexts: z.record(z.string(), context).default({}),
});

/** A service, and the file with its caller's token. */
export type Context = z.infer<typeof context>;

/** The services that a user works with, by name, and which of them commands ask unless told otherwise. */
export type Contexts = z.infer<typeof shape>;

/** The file of this user. */
export function contextsFile(env: NodeJS.ProcessEnv): string {
  const base = env["XDG_CONFIG_HOME"] ?? "";
  return join(base === "" ? join(homedir(), ".config") : base, "milvus-cdc", "config.yaml");
}

/** What the file says; nothing when there is none. @throws Error naming the file and what is wrong with it */
export function readContexts(file: string): Contexts {
  const text = textOf(file);
  return checked(file, text === undefined ? {} : (parseYaml(file, text) ?? {}));
}

/** Replaces the file as a whole, so that another command never reads half of it. @throws Error as readContexts would */
export function writeContexts(file: string, contexts: Contexts): void {
  checked(file, contexts);
  mkdirSync(dirname(file), { recursive: true });
  const whole = `${file}.${process.pid}`;
  writeFileSync(whole, stringify(contexts), { mode: 0o600 });
  renameSync(whole, file);
}

function checked(file: string, content: unknown): Contexts {
  const parsed = shape.safeParse(content);
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  const { current, contexts } = parsed.data;
  if (current !== undefined && !Object.hasOwn(contexts, current))
    throw new Error(`${file}: there is no context ${current}, which it names as the current one`);
  return parsed.data;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parseYaml(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new Error(`${file} is no YAML`, { cause });
  }
}
