import { join } from "node:path";
import { cachedFolder } from "../../src/sandbox/cache.js";
import type { FetchContext } from "../../src/sandbox/fetch-context.js";
import { runCommand } from "../../src/sandbox/run-command.js";
import { pinOf, PROVIDE_TIMEOUT_MS, TOOLCHAIN_FOLDER } from "./toolchain-context.js";

const MODULE = join(TOOLCHAIN_FOLDER, "go");

/** Programs of `go/go.mod`, which pins them and, by go.sum, all they are made of. */
export type GoProgram = "protoc-gen-go" | "protoc-gen-go-grpc" | "grpcurl" | "connectconformance";

const PACKAGES: Readonly<Record<GoProgram, string>> = {
  "protoc-gen-go": "google.golang.org/protobuf/cmd/protoc-gen-go",
  "protoc-gen-go-grpc": "google.golang.org/grpc/cmd/protoc-gen-go-grpc",
  grpcurl: "github.com/fullstorydev/grpcurl/cmd/grpcurl",
  connectconformance: "connectrpc.com/conformance/cmd/connectconformance",
};

/** The folder of one program, built from source the first time. */
export function provideGoProgram(program: GoProgram, context: FetchContext): Promise<string> {
  const pin = pinOf(join(MODULE, "go.mod"), join(MODULE, "go.sum"));
  return cachedFolder(context.cacheDir, `${program}-${pin}`, async (folder) => {
    context.progress(`building ${program}`);
    await buildGo(MODULE, PACKAGES[program], join(folder, program), context);
  });
}

/** Where the source of a module of `go/go.mod` is. */
export async function provideGoModule(module: string, context: FetchContext): Promise<string> {
  const args = ["-C", MODULE, "list", "-m", "-f", "{{.Dir}}", module];
  return (await runGo(args, context)).trim();
}

/** Builds a program of a module; modules and what was compiled are kept in the cache. */
export async function buildGo(
  module: string,
  packagePath: string,
  out: string,
  context: FetchContext,
): Promise<void> {
  await runGo(["-C", module, "build", "-o", out, packagePath], context);
}

async function runGo(args: readonly string[], { cacheDir, signal }: FetchContext): Promise<string> {
  const env = {
    GOMODCACHE: join(cacheDir, "go-modules"),
    GOCACHE: join(cacheDir, "go-build"),
    GOFLAGS: "-mod=readonly -buildvcs=false",
    // a go.mod that asks for a newer Go than there is should say so, and not download one
    GOTOOLCHAIN: "local",
  };
  const { stdout } = await runCommand("go", args, { env, timeoutMs: PROVIDE_TIMEOUT_MS, signal });
  return stdout;
}
