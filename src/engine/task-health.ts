import { sleep } from "../async/abort.js";
import type { ChannelName } from "../model/ids.js";
import type { CatalogueWatch } from "./catalogue-watch.js";
import type { Lane } from "./lane.js";
import { RateMeter } from "./rate-meter.js";
import type { RetryBoard } from "./retry-board.js";
import { stalls } from "./stalls.js";
import type { TaskCounters } from "./task-counters.js";
import type { RetryInfo, TaskStatus } from "./task-view.js";

const LOOK_EVERY_MS = 1_000;
/** Without writes for this long, a task is idle. */
const IDLE_AFTER_MS = 2_000;
/** With more lag, something is on its way. */
const CAUGHT_UP_MS = 2_000;
/** Who cannot be reached for this long is disconnected: a single lost connection is made anew at once. */
const DISCONNECTED_AFTER_MS = 2_000;
/** Trouble that lasts as long is worth remembering. */
const WORTH_NOTING_MS = 5_000;

export interface TaskHealthDeps {
  readonly counters: TaskCounters;
  readonly retries: RetryBoard;
  readonly watch: CatalogueWatch;
  readonly lanes: () => readonly Lane[];
  /** Trouble has begun, or is over; in words. */
  readonly onTurn: (text: string) => void;
}

/** How a running task is doing: what it is about, how fast, and whether something has come to a stand. */
export class TaskHealth {
  readonly #deps: TaskHealthDeps;
  readonly #meter = new RateMeter();
  readonly #tickAtMs = new Map<ChannelName, number>();
  #startedAtMs = Date.now();
  #stalls: readonly string[] = [];
  #trouble: { readonly sinceMs: number; isNoted: boolean } | undefined;

  constructor(deps: TaskHealthDeps) {
    this.#deps = deps;
  }

  /** A tick was read. */
  ticked(channel: ChannelName): void {
    this.#tickAtMs.set(channel, Date.now());
  }

  /** What stands still, and what to do about it. */
  get stalls(): readonly string[] {
    return this.#stalls;
  }

  get rowsPerSecond(): number {
    return this.#meter.perSecond[0] ?? 0;
  }

  get bytesPerSecond(): number {
    return this.#meter.perSecond[1] ?? 0;
  }

  /** Looks until the signal aborts. */
  async run(signal: AbortSignal): Promise<never> {
    this.#startedAtMs = Date.now();
    for (;;) {
      this.#look(Date.now());
      await sleep(LOOK_EVERY_MS, signal);
    }
  }

  status(hasStarted: boolean, isCopying: boolean, lagMs = 0): TaskStatus {
    const now = Date.now();
    const retry = this.#deps.retries.worst;
    if (retry !== undefined) return isUnreachable(retry, now) ? "disconnected" : "retrying";
    if (this.#stalls.length > 0) return "stalled";
    if (!hasStarted) return "starting";
    const hasJustWritten = now - this.#deps.counters.lastWriteAtMs < IDLE_AFTER_MS;
    return isCopying || hasJustWritten || lagMs > CAUGHT_UP_MS ? "flowing" : "idle";
  }

  #look(now: number): void {
    const { counters, watch, lanes } = this.#deps;
    this.#meter.sample(now, [Number(counters.writtenRows), counters.writtenBytes]);
    this.#stalls = stalls(
      {
        lanes: lanes().flatMap((lane) => lane.stillness ?? []),
        tickAtMs: (channel) => this.#tickAtOf(channel, now),
        lastWriteAtMs: counters.lastWriteAtMs,
        lookingSinceMs: watch.lookingSinceMs,
      },
      now,
    );
    this.#note(now);
  }

  /** A channel whose collections hold enough is not read meanwhile, and silent for that reason alone. */
  #tickAtOf(channel: ChannelName, now: number): number {
    const isHeld = this.#deps
      .lanes()
      .some((lane) => lane.isFull && lane.collection.channels.includes(channel));
    return isHeld ? now : (this.#tickAtMs.get(channel) ?? this.#startedAtMs);
  }

  /** Short trouble is the ordinary life of a network, and would push what matters out of the history. */
  #note(now: number): void {
    const { retries, onTurn } = this.#deps;
    const retry = retries.worst;
    const trouble = retry === undefined ? this.#stalls[0] : `${retry.error.code}: ${retry.error.message}`;
    if (trouble === undefined) {
      if (this.#trouble?.isNoted === true)
        onTurn(`well again after ${inSeconds(now - this.#trouble.sinceMs)}`);
      this.#trouble = undefined;
      return;
    }
    this.#trouble ??= { sinceMs: now, isNoted: false };
    if (this.#trouble.isNoted || now - this.#trouble.sinceMs < WORTH_NOTING_MS) return;
    this.#trouble.isNoted = true;
    onTurn(retry === undefined ? `stalled: ${trouble}` : `retrying: ${trouble}`);
  }
}

function isUnreachable({ error, sinceMs }: RetryInfo, now: number): boolean {
  return error.code.endsWith("_UNAVAILABLE") && now - sinceMs >= DISCONNECTED_AFTER_MS;
}

function inSeconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
