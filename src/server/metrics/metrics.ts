import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";
import type { TaskService } from "../../engine/task-service.js";
import { CdcError } from "../../model/errors.js";
import { onlyGet } from "../request-router.js";
import type { HttpHandler } from "../http-exchange.js";
import { observeCalls } from "../observe-calls.js";
import { PROTOCOLS, REFUSAL_REASONS, type Refusal } from "../refusals/refusal.js";
import { replyJson, replyText } from "../reply.js";
import type { ServerLogger } from "../server-logger.js";
import { registerTasks } from "./task-metrics.js";

/** How often it is seen whether the event loop is late: the usual 10 ms would wake an idle process for nothing. */
const LOOP_EVERY_MS = 100;
const BUCKETS_S = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60];

/** What Prometheus is told: of the tasks, of the calls, and of the process. */
export class Metrics {
  readonly #tasks: Pick<TaskService, "list">;
  readonly #logger: ServerLogger;
  readonly #registry = new Registry();
  readonly #calls: Histogram<"method" | "code">;
  readonly #refusals: Counter<"reason" | "protocol">;

  constructor(tasks: Pick<TaskService, "list">, logger: ServerLogger) {
    this.#tasks = tasks;
    this.#logger = logger;
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: LOOP_EVERY_MS });
    this.#calls = new Histogram({
      name: "milvus_cdc_rpc_duration_seconds",
      help: "How long calls took until they were answered, those of /cdc among them; code `ok` or why not.",
      labelNames: ["method", "code"],
      buckets: BUCKETS_S,
      registers: [this.#registry],
    });
    this.#refusals = new Counter({
      name: "milvus_cdc_refusals_total",
      help: "What was turned away at the door, by why and by what it came.",
      labelNames: ["reason", "protocol"],
      registers: [this.#registry],
    });
    // or the first of a kind would be no increase
    for (const reason of REFUSAL_REASONS)
      for (const protocol of PROTOCOLS) this.#refusals.inc({ reason, protocol }, 0);
  }

  /** Measures every call. */
  readonly interceptor = observeCalls(({ rpc: method, code, durationMs }) =>
    this.#calls.observe({ method, code }, durationMs / 1000),
  );

  /** Counts what was turned away. */
  readonly countRefusal = ({ reason, protocol }: Refusal): void => this.#refusals.inc({ reason, protocol });

  /** `GET /metrics`, in Prometheus's text format. */
  readonly page: HttpHandler = onlyGet((request, response) => {
    this.#text().then(
      (text) => replyText(request, response, this.#registry.contentType, text),
      (error: unknown) => {
        this.#logger.error({ err: CdcError.from(error) }, "metrics could not be told");
        replyJson(request, response, 503, { code: 503, message: "the tasks cannot be read now" });
      },
    );
  });

  async #text(): Promise<string> {
    const tasks = new Registry();
    registerTasks(tasks, await this.#tasks.list());
    return `${await tasks.metrics()}${await this.#registry.metrics()}`;
  }
}
