import { EventEmitter, on } from "node:events";
import { HealthCheckResponse_ServingStatus as Status } from "#gen/grpc/health/v1/health_pb.js";

const CHANGED = "changed";

/** Whether the services of the process serve: the whole of it (`""`) and each by name. */
export class HealthState {
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #services: ReadonlySet<string>;
  #status: Status = Status.NOT_SERVING;

  constructor(services: readonly string[]) {
    this.#services = new Set(["", ...services]);
  }

  get isServing(): boolean {
    return this.#status === Status.SERVING;
  }

  setServing(isServing: boolean): void {
    const status = isServing ? Status.SERVING : Status.NOT_SERVING;
    if (status === this.#status) return;
    this.#status = status;
    this.#events.emit(CHANGED);
  }

  /** Undefined for a service that is not ours. */
  statusOf(service: string): Status | undefined {
    return this.#services.has(service) ? this.#status : undefined;
  }

  list(): ReadonlyMap<string, Status> {
    return new Map(Array.from(this.#services, (service) => [service, this.#status]));
  }

  /** The status now and after each change, until the signal aborts. */
  async *watch(service: string, signal: AbortSignal): AsyncIterable<Status> {
    const current = (): Status => this.statusOf(service) ?? Status.SERVICE_UNKNOWN;
    // Listens before the first look, so that no change falls between.
    const changes = on(this.#events, CHANGED, { signal });
    let last = current();
    yield last;
    try {
      while ((await changes.next()).done !== true) {
        if (current() === last) continue;
        last = current();
        yield last;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
