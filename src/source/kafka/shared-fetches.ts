import { untilAborted } from "../../async/abort.js";
import type { ChannelName } from "../../model/ids.js";
import type { FetchedMessage } from "./fetched.js";
import type { BrokerAddress, FetchAnswer, FetchRequest } from "./kafka-session.js";

/** What was fetched last is kept for readers that come to it a little later. */
const MAX_KEPT_BYTES = 16 << 20;
/** Few, as it is searched one by one: who catches up takes large stretches, and who keeps up shares a fetch on its way. */
const MAX_KEPT = 128;

/** What a reader wants of a channel. */
export interface WantedFetch extends FetchRequest {
  /** Whether the log is still the one that was read is only told by a fetch of one's own. */
  readonly isInDoubt: boolean;
}

/** A fetch on its way. */
interface Flight {
  readonly broker: BrokerAddress;
  readonly offsets: ReadonlyMap<ChannelName, bigint>;
  readonly answers: Promise<readonly FetchAnswer[]>;
}

/** Messages of a channel without a gap: `from` <= offset < `next`. */
interface Stretch {
  readonly channel: ChannelName;
  readonly from: bigint;
  readonly next: bigint;
  readonly messages: readonly FetchedMessage[];
  readonly bytes: number;
}

/**
 * Several readers of one log, such as tasks of one source, fetch and unpack each record once: who asks for what another
 * one is being sent waits for that, and who is a little behind takes what is kept. A single reader shares nothing.
 */
export class SharedFetches {
  #readers = 0;
  readonly #flights = new Set<Flight>();
  /** The oldest first. */
  #kept: Stretch[] = [];
  #keptBytes = 0;

  /** During a session of a reader. In a new one, what came before need not be what the log holds now. */
  async share(reading: () => Promise<void>): Promise<void> {
    this.#readers++;
    this.#forget();
    try {
      await reading();
    } finally {
      this.#readers--;
      this.#forget();
    }
  }

  /** @param fetch the reader's own fetch of these requests */
  async fetch(
    broker: BrokerAddress,
    requests: readonly WantedFetch[],
    fetch: () => Promise<readonly FetchAnswer[]>,
    signal: AbortSignal,
  ): Promise<readonly FetchAnswer[]> {
    if (this.#readers < 2 || requests.some(({ isInDoubt }) => isInDoubt)) return fetch();
    const kept = requests.flatMap((request) => this.#keptFor(request));
    if (kept.length > 0) return kept;
    for (let flight = this.#flight(broker, requests); flight; flight = this.#flight(broker, requests)) {
      // that its reader ends, or fails, is no trouble of ours
      const answers = await untilAborted(flight.answers, signal).catch(() => undefined);
      signal.throwIfAborted();
      if (answers !== undefined)
        return answers.filter(({ channel }) => requests.some((one) => one.channel === channel));
    }
    return this.#fly(broker, requests, fetch);
  }

  /** One that brings all of it. */
  #flight(broker: BrokerAddress, requests: readonly WantedFetch[]): Flight | undefined {
    return [...this.#flights].find(
      (flight) =>
        flight.broker === broker &&
        requests.every(({ channel, offset }) => flight.offsets.get(channel) === offset),
    );
  }

  async #fly(
    broker: BrokerAddress,
    requests: readonly WantedFetch[],
    fetch: () => Promise<readonly FetchAnswer[]>,
  ): Promise<readonly FetchAnswer[]> {
    const offsets = new Map(requests.map(({ channel, offset }) => [channel, offset]));
    const flight: Flight = { broker, offsets, answers: fetch() };
    this.#flights.add(flight);
    try {
      const answers = await flight.answers;
      if (answers.some(({ error }) => error !== undefined)) this.#forget();
      // what was asked for before the log was in doubt is not kept either
      if (this.#flights.has(flight))
        for (const { channel, messages } of answers) this.#keep(channel, offsets.get(channel), messages);
      return answers;
    } catch (error) {
      this.#forget();
      throw error;
    } finally {
      this.#flights.delete(flight);
    }
  }

  #keptFor({ channel, offset }: WantedFetch): FetchAnswer[] {
    const found = this.#kept.find(
      (one) => one.channel === channel && one.from <= offset && offset < one.next,
    );
    return found === undefined ? [] : [{ channel, messages: found.messages, error: undefined }];
  }

  #keep(channel: ChannelName, from: bigint | undefined, messages: readonly FetchedMessage[]): void {
    const last = messages.at(-1);
    if (from === undefined || last === undefined || this.#readers < 2) return;
    const bytes = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    this.#kept.push({ channel, from, next: BigInt(last.offset) + 1n, messages, bytes });
    this.#keptBytes += bytes;
    while (this.#keptBytes > MAX_KEPT_BYTES || this.#kept.length > MAX_KEPT)
      this.#keptBytes -= this.#kept.shift()?.bytes ?? 0;
  }

  #forget(): void {
    this.#flights.clear();
    this.#kept = [];
    this.#keptBytes = 0;
  }
}
