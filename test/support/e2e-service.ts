import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pickFreePorts } from "../../src/sandbox/free-ports.js";
import type { Sandbox } from "../../src/sandbox/sandbox.js";

export interface ServiceTargets {
  readonly sourceUri: string;
  readonly brokers: readonly string[];
  /** Other sources, as the configuration has them. */
  readonly others?: Readonly<Record<string, object>>;
}

/** How the program is run, beside its configuration. */
export interface ServiceRun {
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Beside what every one of these has. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Shown with each request of the tests, when the configuration asks for one. */
  readonly token?: string;
  /** Its log reaches the file through this process, so that it can log while it may write no file. */
  readonly hasPipedLog?: boolean;
}

export interface Reply {
  readonly status: number;
  readonly body: { code: number; message?: string; data?: Record<string, unknown> };
}

/** The built program as its own process, as its users run it. */
export class ServiceProcess implements AsyncDisposable {
  readonly folder: string;
  readonly port: number;
  readonly #run: ServiceRun;
  #child: ChildProcess | undefined;

  private constructor(folder: string, port: number, run: ServiceRun) {
    this.folder = folder;
    this.port = port;
    this.#run = run;
  }

  /** Over the source of a sandbox. */
  static over(
    { source, kafka }: Pick<Sandbox, "source" | "kafka">,
    run?: ServiceRun,
  ): Promise<ServiceProcess> {
    return ServiceProcess.start({ sourceUri: source.uri, brokers: kafka.brokers }, run);
  }

  static async start(
    { sourceUri, brokers, others }: ServiceTargets,
    run: ServiceRun = {},
  ): Promise<ServiceProcess> {
    const folder = await mkdtemp(join(tmpdir(), "milvus-cdc-e2e-"));
    const [port = 0] = await pickFreePorts(1);
    const service = new ServiceProcess(folder, port, run);
    const config = {
      listen: { host: "127.0.0.1", port: service.port },
      metastore: { type: "sqlite", path: join(folder, "cdc.db") },
      log: { level: "debug" },
      sources: { default: { milvus: { uri: sourceUri }, kafka: { brokers } }, ...others },
      ...run.config,
    };
    await writeFile(join(folder, "config.yaml"), JSON.stringify(config));
    await service.launch();
    return service;
  }

  get log(): string {
    return readFileSync(join(this.folder, "log"), "utf8");
  }

  /** The end of its log, without what only tells of requests. */
  get lastLines(): string {
    const lines = this.log.split("\n").filter((line) => !line.startsWith('{"level":"debug"'));
    return lines.slice(-40).join("\n");
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts the program again on the same port and metastore; resolves when it is ready. */
  async launch(): Promise<void> {
    const { nodeArgs = [], env = {}, hasPipedLog = false } = this.#run;
    const out = openSync(join(this.folder, "log"), "a");
    const args = [
      ...(process.env["E2E_NODE_OPTIONS"]?.split(" ") ?? []),
      ...nodeArgs,
      "dist/main.js",
      "serve",
      "--config",
      join(this.folder, "config.yaml"),
    ];
    const sink = hasPipedLog ? "pipe" : out;
    this.#child = spawn(process.execPath, args, {
      stdio: ["ignore", sink, sink],
      env: { ...process.env, ...env },
    });
    const child = this.#child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (bytes: Buffer) => writeSync(out, bytes));
    child.once("close", () => closeSync(out));
    for (let i = 0; i < 600; i++) {
      if (child.exitCode !== null) throw new Error(`the service ended: ${this.log.slice(-2000)}`);
      const ready = await fetch(`http://127.0.0.1:${this.port}/readyz`).catch(() => undefined);
      if (ready?.status === 200) return;
      await delay(50);
    }
    throw new Error(`the service is not ready: ${this.log.slice(-2000)}`);
  }

  /** Sends a signal and waits for the end; answers the exit code, null after a kill. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null;
    const exit = once(child, "exit");
    child.kill(signal);
    const [code] = (await exit) as [number | null];
    return code;
  }

  async cdc(requestType: string, requestData: unknown = {}): Promise<Reply> {
    const response = await fetch(`http://127.0.0.1:${this.port}/cdc`, {
      method: "POST",
      headers: this.#run.token === undefined ? {} : { authorization: `Bearer ${this.#run.token}` },
      body: JSON.stringify({ request_type: requestType, request_data: requestData }),
    });
    return { status: response.status, body: (await response.json()) as Reply["body"] };
  }

  /** Creates a task over everything, or over some collections, by the documented request. */
  async createTask(
    targetUri: string,
    names: readonly string[] = ["*"],
    options: Readonly<Record<string, unknown>> = {},
  ): Promise<string> {
    const { body } = await this.cdc("create", {
      milvus_connect_param: { uri: targetUri },
      collection_infos: names.map((name) => ({ name })),
      ...options,
    });
    const id = body.data?.["task_id"];
    if (typeof id !== "string") throw new Error(`create answered ${JSON.stringify(body)}`);
    return id;
  }

  async task(id: string): Promise<{ state: string; reason?: string; health?: Record<string, unknown> }> {
    const { body } = await this.cdc("get", { task_id: id });
    return body.data?.["Task"] as { state: string };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
    if (process.env["KEEP_E2E"] === undefined) await rm(this.folder, { recursive: true, force: true });
  }
}
