import type { HttpServer } from "../../src/server/http-server.js";
import { createHttpServer } from "../../src/server/http-server.js";
import type { ServerDeps } from "../../src/server/server-deps.js";
import type { ServerOptions } from "../../src/server/server-options.js";
import { FakeTaskService } from "./server-fake-task-service.js";

/** A log line: level, fields and text. */
export interface LogLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A real server on a free port, over tasks in memory. `await using` it. */
export class ServerHarness implements AsyncDisposable {
  readonly tasks: FakeTaskService;
  readonly log: readonly LogLine[];
  readonly server: HttpServer;

  static async start(
    options: Partial<ServerOptions> = {},
    deps: Partial<ServerDeps> = {},
  ): Promise<ServerHarness> {
    const tasks = new FakeTaskService();
    const log: LogLine[] = [];
    const at = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) =>
      void log.push({ level, fields, message });
    const logger = { debug: at("debug"), info: at("info"), error: at("error") };
    const server = await createHttpServer(
      { tasks, logger, ...deps },
      { host: "127.0.0.1", port: 0, ...options },
    );
    server.setReady(true);
    return new ServerHarness(tasks, log, server);
  }

  private constructor(tasks: FakeTaskService, log: LogLine[], server: HttpServer) {
    this.tasks = tasks;
    this.log = log;
    this.server = server;
  }

  get port(): number {
    return this.server.address.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server.stop(0);
  }
}
