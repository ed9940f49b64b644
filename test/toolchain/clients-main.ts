/** `npm run generate:clients`; with `--check` it changes nothing, and fails when `gen/` is not what it would write. */
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { provideGoProgram } from "./go.js";
import { providePython } from "./python.js";
import { toolchainContext } from "./toolchain-context.js";

/** Generated as a whole; the packaging beside them is written by hand. */
const GENERATED = ["gen/go/milvus", "gen/python/milvus"];
const run = promisify(execFile);

async function generate(folder: string): Promise<void> {
  const context = toolchainContext();
  const python = await providePython(context);
  const bins = [join(python, "bin"), join("node_modules", ".bin")];
  for (const program of ["protoc-gen-go", "protoc-gen-go-grpc"] as const)
    bins.push(await provideGoProgram(program, context));
  const path = [...bins, process.env["PATH"]].join(delimiter);
  const env = { ...process.env, PATH: path, PYTHONPATH: python, PYTHONDONTWRITEBYTECODE: "1" };
  await run("buf", ["generate", "--template", "buf.gen.clients.yaml", "-o", folder], { env });
}

async function check(folder: string): Promise<void> {
  for (const part of GENERATED) {
    const args = ["-r", "--exclude=__pycache__", part, join(folder, part)];
    await run("diff", args).catch((cause: unknown) => {
      throw new Error(`${part} is stale: run npm run generate:clients`, { cause });
    });
  }
}

const folder = await mkdtemp(join(tmpdir(), "milvus-cdc-clients-"));
try {
  await generate(folder);
  if (process.argv.includes("--check")) await check(folder);
  else
    for (const part of GENERATED) {
      await rm(part, { recursive: true, force: true });
      await cp(join(folder, part), part, { recursive: true });
    }
} finally {
  await rm(folder, { recursive: true, force: true });
}
