import { fullName } from "../model/selection.js";
import { sleep } from "../async/abort.js";
import type { ChannelName } from "../model/ids.js";
import type { Lane } from "./lane.js";
import { RateMeter } from "./rate-meter.js";
import { isDisconnected, type RetryBoard } from "./retry-board.js";
import { stalls, type StillLane } from "./stalls.js";
import type { TaskCounters } from "./task-counters.js";
import type { TaskStatus } from "./task-view.js";
import { TroubleNotes } from "./trouble-notes.js";

const LOOK_EVERY_MS = 1_000;
/** Without writes for this long, a task is idle. */
const IDLE_AFTER_MS = 2_000;
/** With more lag, something is on its way. */
const CAUGHT_UP_MS = 2_000;

export interface TaskHealthDeps {
  readonly counters: TaskCounters;
  readonly retries: RetryBoard;
  readonly lanes: () => readonly Lane[];
  /** Trouble has begun, or is over; in words. */
  readonly onTurn: (text: string) => void;
}

/** How a running task is doing: what it is about, how fast, and whether something has come to a stand. */
export class TaskHealth {
  readonly #deps: TaskHealthDeps;
  readonly #meter = new RateMeter();
  readonly #notes: TroubleNotes;
  /** When a tick was last read in a channel, or could not be since the channel was not read. */
  readonly #tickAtMs = new Map<ChannelName, number>();
  #startedAtMs = performance.now();
  #stalls: readonly string[] = [];

  constructor(deps: TaskHealthDeps) {
    this.#deps = deps;
    this.#notes = new TroubleNotes(deps.onTurn);
  }

  /** A tick was read. */
  ticked(channel: ChannelName): void {
    this.#tickAtMs.set(channel, performance.now());
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
    this.#startedAtMs = performance.now();
    for (;;) {
      this.#look(performance.now());
      await sleep(LOOK_EVERY_MS, signal);
    }
  }

  status(hasStarted: boolean, isCopying: boolean, lagMs = 0): TaskStatus {
    const now = performance.now();
    const retry = this.#deps.retries.worst;
    if (retry !== undefined) return isDisconnected(retry, now) ? "disconnected" : "retrying";
    if (this.#stalls.length > 0) return "stalled";
    if (!hasStarted) return "starting";
    const hasJustWritten = now - this.#deps.counters.lastWriteAtMs < IDLE_AFTER_MS;
    return isCopying || hasJustWritten || lagMs > CAUGHT_UP_MS ? "flowing" : "idle";
  }

  #look(now: number): void {
    const { counters, retries, lanes } = this.#deps;
    this.#meter.sample(now, [Number(counters.writtenRows), counters.writtenBytes]);
    const holders = holdersIn(lanes());
    // also after the end of that: the next tick has yet to come then
    for (const channel of holders.keys()) this.#tickAtMs.set(channel, now);
    this.#stalls = stalls(
      {
        lanes: stillLanes(lanes()),
        tickAtMs: (channel) => this.#tickAtMs.get(channel) ?? this.#startedAtMs,
        holderOf: (channel) => holders.get(channel),
        lastWriteAtMs: counters.lastWriteAtMs,
      },
      now,
    );
    this.#notes.look(retries.worst, this.#stalls[0], now);
  }
}

/** By channel that is not read meanwhile, a collection that holds as much of it as it may. */
function holdersIn(lanes: readonly Lane[]): ReadonlyMap<ChannelName, string> {
  const full = lanes.filter(({ isFull }) => isFull);
  return new Map(
    full.flatMap((lane) => lane.collection.channels.map((channel) => [channel, nameOf(lane)] as const)),
  );
}

function stillLanes(lanes: readonly Lane[]): readonly StillLane[] {
  return lanes.flatMap((lane) => {
    const shard = lane.slowestShard;
    return shard === undefined ? [] : [{ name: nameOf(lane), ...shard }];
  });
}

function nameOf({ collection: { source } }: Lane): string {
  return fullName(source);
}
