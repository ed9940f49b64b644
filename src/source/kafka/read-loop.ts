import { linkedAbort, sleep } from "../../async/abort.js";
import { CdcError } from "../../model/errors.js";
import type { ChannelName } from "../../model/ids.js";
import type { SinkSource } from "../log-reader.js";
import { KafkaTopicError } from "./kafka-errors.js";
import type { BrokerAddress, ChannelTopic, FetchAnswer, KafkaSession } from "./kafka-session.js";
import { noLeader, rangesOf } from "./log-offsets.js";
import { OpenChannel } from "./open-channel.js";
import type { SharedFetches, WantedFetch } from "./shared-fetches.js";

/** New topics have to be noticed within a second. */
const DISCOVERY_MS = 400;
/** How soon a channel whose sink was full is asked again. */
const FULL_WAIT_MS = 5;

export interface ReadLoopDeps {
  readonly session: KafkaSession;
  /** With other readers of this log. */
  readonly fetches: SharedFetches;
  /** Those opened in earlier sessions; new ones are added. */
  readonly channels: Map<ChannelName, OpenChannel>;
  readonly openSink: SinkSource;
  /** Called once: every broker that is read from has answered. */
  readonly onHealthy: () => void;
}

/** Everything that runs during one session: looking for new topics, and a fetch loop per broker. */
export class ReadLoop {
  readonly #deps: ReadLoopDeps;
  /** Who leads the channels that are read in this session. */
  readonly #leaders = new Map<ChannelName, BrokerAddress>();
  readonly #fetching = new Map<BrokerAddress, Promise<void>>();
  readonly #unheard = new Set<BrokerAddress>();
  #isHealthy = false;
  #fail: (error: unknown) => void = () => undefined;

  constructor(deps: ReadLoopDeps) {
    this.#deps = deps;
  }

  /** Runs until the signal aborts or anything fails. Nothing of it goes on afterwards; the session is closed then. */
  async run(signal: AbortSignal): Promise<void> {
    const linked = linkedAbort(signal);
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    const discovering = this.#discoverForEver(linked.signal);
    try {
      await Promise.race([discovering, failed]);
    } finally {
      linked.abort();
      linked.unlink();
      this.#deps.session.close();
      await Promise.allSettled([discovering, ...this.#fetching.values()]);
    }
  }

  async #discoverForEver(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#discover(signal);
      for (const broker of new Set(this.#leaders.values())) this.#fetchFrom(broker, signal);
      this.#reportHealth();
      await sleep(DISCOVERY_MS, signal);
    }
  }

  /** Learns of new topics and new leaders. In a new session, sees whether the logs still hold what was not read yet. */
  async #discover(signal: AbortSignal): Promise<void> {
    const topics = await this.#deps.session.topics();
    this.#checkPresence(topics);
    const newcomers = new Map<ChannelName, BrokerAddress>();
    for (const { channel, leader } of topics) {
      if (leader === undefined) continue;
      if (this.#leaders.has(channel)) this.#leaders.set(channel, leader);
      else newcomers.set(channel, leader);
    }
    for (const range of await rangesOf(this.#deps.session, newcomers, (channel) => this.#isOpen(channel))) {
      const { channel } = range;
      signal.throwIfAborted();
      const open = this.#deps.channels.get(channel) ?? new OpenChannel(await this.#deps.openSink(range));
      this.#deps.channels.set(channel, open);
      open.enter(range);
      this.#leaders.set(channel, newcomers.get(channel) ?? "");
    }
  }

  #isOpen(channel: ChannelName): boolean {
    return this.#deps.channels.has(channel);
  }

  /** A channel that can no longer be read is never passed over in silence. */
  #checkPresence(topics: readonly ChannelTopic[]): void {
    for (const channel of this.#deps.channels.keys()) {
      const topic = topics.find((one) => one.channel === channel);
      if (topic === undefined)
        throw new CdcError(
          "LOG_UNAVAILABLE",
          `topic ${channel} was being read and is gone: it was deleted, or may no longer be described`,
        );
      if (topic.leader === undefined) throw noLeader(channel);
    }
  }

  #fetchFrom(broker: BrokerAddress, signal: AbortSignal): void {
    if (this.#fetching.has(broker)) return;
    if (!this.#isHealthy) this.#unheard.add(broker);
    const fetching = this.#fetchForEver(broker, signal);
    fetching.catch(this.#fail);
    this.#fetching.set(broker, fetching);
  }

  async #fetchForEver(broker: BrokerAddress, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const requests = this.#wanted(broker);
      if (requests.length > 0) await this.#fetch(broker, requests, signal);
      this.#unheard.delete(broker);
      this.#reportHealth();
      if (requests.length === 0) await sleep(this.#leads(broker) ? FULL_WAIT_MS : DISCOVERY_MS, signal);
    }
  }

  async #fetch(broker: BrokerAddress, requests: readonly WantedFetch[], signal: AbortSignal): Promise<void> {
    const { session, fetches } = this.#deps;
    const errors: KafkaTopicError[] = [];
    const fetch = (): Promise<readonly FetchAnswer[]> => session.fetch(broker, requests);
    for (const { channel, messages, error } of await fetches.fetch(broker, requests, fetch, signal)) {
      if (error === undefined) this.#deps.channels.get(channel)?.accept(messages);
      else errors.push(error);
    }
    // the one that no waiting mends comes first
    const worst = errors.find(({ isPassing }) => !isPassing) ?? errors[0];
    if (worst === undefined) return;
    if (worst.isOffsetOutOfRange) await this.#explainOutOfRange(broker, worst.topic);
    throw worst;
  }

  #wanted(broker: BrokerAddress): WantedFetch[] {
    return [...this.#deps.channels.values()]
      .filter(({ channel, sink }) => this.#leaders.get(channel) === broker && !sink.isFull)
      .map((open) => open.wanted());
  }

  #leads(broker: BrokerAddress): boolean {
    return [...this.#leaders.values()].includes(broker);
  }

  async #explainOutOfRange(broker: BrokerAddress, channel: ChannelName): Promise<void> {
    for (const range of await this.#deps.session.ranges(broker, [channel])) {
      if (!(range instanceof KafkaTopicError)) this.#deps.channels.get(channel)?.check(range);
    }
  }

  #reportHealth(): void {
    if (this.#isHealthy || this.#unheard.size > 0) return;
    this.#isHealthy = true;
    this.#deps.onHealthy();
  }
}
