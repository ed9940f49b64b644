import type { Interceptor } from "@connectrpc/connect";
import type { TaskService } from "../engine/task-service.js";
import type { AuthRules } from "../model/caller.js";
import type { Routes } from "./request-router.js";
import type { ServerLogger } from "./server-logger.js";

/** What a server is made of. */
export interface ServerDeps {
  readonly tasks: TaskService;
  readonly logger: ServerLogger;
  /** Further pages by exact path, such as a dashboard; read by GET and HEAD. */
  readonly pages?: Routes | undefined;
  /** Whom it answers; everybody when absent. */
  readonly auth?: AuthRules | undefined;
  /** Around every RPC that its caller may make, those of `/cdc` included: tracing. */
  readonly interceptors?: readonly Interceptor[] | undefined;
}
