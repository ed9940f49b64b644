import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createFetchContext, type FetchContext } from "../../src/sandbox/fetch-context.js";

/** Where the files are that pin what is fetched. */
export const TOOLCHAIN_FOLDER = import.meta.dirname;
/** A first build of a large Go program, or a download, on a machine that does other things as well. */
export const PROVIDE_TIMEOUT_MS = 20 * 60_000;

/** The sandbox's cache is that of the toolchain as well: one folder to keep between two runs of CI. */
export function toolchainContext(): FetchContext {
  return createFetchContext({ progress: (line) => process.stderr.write(`${line}\n`) });
}

/** A short name for the content of files, for folders that are made from them. */
export function pinOf(...files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}
