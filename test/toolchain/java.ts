import { chmod, copyFile, readdir, readFile, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { cachedFolder } from "../../src/sandbox/cache.js";
import { checkSha256 } from "../../src/sandbox/checksum.js";
import type { FetchContext } from "../../src/sandbox/fetch-context.js";
import { checkJars } from "../../src/sandbox/kafka-package.js";
import { runCommand } from "../../src/sandbox/run-command.js";
import { pinOf, PROVIDE_TIMEOUT_MS } from "./toolchain-context.js";

const PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";

/** Programs on Maven Central, and the SHA-256 of each. */
const PROGRAMS = {
  protoc: {
    artifact: "com.google.protobuf:protoc:4.36.2:exe:linux-x86_64",
    file: "protoc-4.36.2-linux-x86_64.exe",
    sha256: "f6ee22d65361338459208da8bff801c9ca689741cba9187b34990dd45198f864",
  },
  "protoc-gen-grpc-java": {
    artifact: "io.grpc:protoc-gen-grpc-java:1.83.1:exe:linux-x86_64",
    file: "protoc-gen-grpc-java-1.83.1-linux-x86_64.exe",
    sha256: "db4044e78391d5a23439143c8147f07ba5877675587b4d48f3b68fbee3893589",
  },
};

/** Builds the client of a folder, which has a pom.xml, jars.sha256 and buf.gen.yaml; answers its class path. */
export async function buildJavaClient(folder: string, context: FetchContext): Promise<string> {
  const { cacheDir, signal } = context;
  const jars = await provideJars(folder, context);
  const sources = (await readdir(folder)).filter((name) => name.endsWith(".java"));
  const inputs = [...sources, "jars.sha256", "buf.gen.yaml"].map((name) => join(folder, name));
  const pin = pinOf(...inputs, ...(await apiFiles()));
  const classes = await cachedFolder(cacheDir, `java-client-${pin}`, async (halfMade) => {
    const generated = join(halfMade, "generated");
    await generate(join(folder, "buf.gen.yaml"), generated, context);
    const files = (await readdir(generated, { recursive: true })).filter((name) => name.endsWith(".java"));
    const all = [...files.map((name) => join(generated, name)), ...sources.map((name) => join(folder, name))];
    const args = ["-proc:none", "-nowarn", "-d", halfMade, "-cp", join(jars, "*"), ...all];
    await runCommand("javac", args, { timeoutMs: PROVIDE_TIMEOUT_MS, signal });
    await rm(generated, { recursive: true });
  });
  return [classes, join(jars, "*")].join(delimiter);
}

async function apiFiles(): Promise<string[]> {
  const folder = join("proto", "milvus", "cdc", "v1");
  return (await readdir(folder)).sort().map((name) => join(folder, name));
}

async function generate(template: string, out: string, context: FetchContext): Promise<void> {
  const path = [await providePrograms(context), join("node_modules", ".bin"), process.env["PATH"]];
  await runCommand("buf", ["generate", "--template", template, "-o", out], {
    env: { PATH: path.join(delimiter) },
    timeoutMs: PROVIDE_TIMEOUT_MS,
    signal: context.signal,
  });
}

function providePrograms(context: FetchContext): Promise<string> {
  const pins = Object.values(PROGRAMS).map(({ sha256 }) => sha256.slice(0, 8));
  return cachedFolder(context.cacheDir, `java-generators-${pins.join("-")}`, async (folder) => {
    for (const [name, { artifact, file, sha256 }] of Object.entries(PROGRAMS)) {
      context.progress(`downloading ${artifact}`);
      await maven([`${PLUGIN}:copy`, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`], context);
      await checkSha256(join(folder, file), sha256);
      await copyFile(join(folder, file), join(folder, name));
      await chmod(join(folder, name), 0o755);
    }
  });
}

async function provideJars(folder: string, context: FetchContext): Promise<string> {
  const pins = join(folder, "jars.sha256");
  const lines = (await readFile(pins, "utf8")).trim().split("\n");
  const expected = Object.fromEntries(
    lines.map((line): [string, string] => {
      const [sha256 = "", jar = ""] = line.split(/\s+/);
      return [jar, sha256];
    }),
  );
  return cachedFolder(context.cacheDir, `java-jars-${pinOf(pins)}`, async (jars) => {
    context.progress("downloading grpc-java");
    const goal = [`${PLUGIN}:copy-dependencies`, `-DoutputDirectory=${jars}`, "-DincludeScope=runtime"];
    await maven(["-f", join(folder, "pom.xml"), ...goal], context);
    await checkJars(jars, expected);
  });
}

async function maven(args: readonly string[], { signal }: FetchContext): Promise<void> {
  await runCommand("mvn", ["-q", "-B", ...args], { timeoutMs: PROVIDE_TIMEOUT_MS, signal });
}
