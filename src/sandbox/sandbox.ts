import { createFetchContext } from "./fetch-context.js";
import { startKafka, type KafkaServer } from "./kafka.js";
import { provideMilvus } from "./milvus-package.js";
import { startMilvus, type MilvusServer } from "./milvus.js";
import { checkPlatform } from "./prerequisites.js";
import { createTimedProgress } from "./progress.js";
import type { Server } from "./server.js";
import type { StartOptions } from "./start-options.js";

/** Options of startSandbox. */
export interface SandboxOptions extends StartOptions {
  /** Prefix of the source's log channels. Default "by-dev". */
  readonly channelPrefix?: string | undefined;
}

/** Real servers to replicate between. `await using` it, or call stop(); both are idempotent. */
export interface Sandbox extends AsyncDisposable {
  /** Holds the source's log. */
  readonly kafka: KafkaServer;
  /** A Milvus with its log on `kafka`. */
  readonly source: MilvusServer;
  /** A Milvus with a log of its own. */
  readonly target: MilvusServer;
  /** Ends all servers and removes their throw-away data. */
  stop(): Promise<void>;
}

/**
 * Starts Kafka, a source and a target Milvus on free ports, as much of it at the same time
 * as possible, after downloading them the first time. The servers end with this process at
 * the latest, however it ends.
 *
 * When one of them fails, those already started are ended before it rejects.
 * @throws SandboxError saying what is missing or broken; the signal's reason when aborted
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  checkPlatform();
  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  const progress = createTimedProgress(options.progress ?? (() => undefined));
  const starts = startAll({ ...options, signal, progress });
  try {
    const [kafka, source, target] = await Promise.all(starts);
    return createSandbox(kafka, source, target);
  } catch (cause) {
    failure.abort(cause); // the others give up
    await Promise.all((await Promise.allSettled(starts)).map(stopIfStarted));
    throw cause;
  }
}

function startAll(
  options: SandboxOptions,
): [Promise<KafkaServer>, Promise<MilvusServer>, Promise<MilvusServer>] {
  const { channelPrefix, ...common } = options;
  // Once, before both Milvus need it: they would download it twice.
  const milvusPackage = provideMilvus(createFetchContext(options));
  const kafka = startKafka(common);
  const target = milvusPackage.then(() => startMilvus({ ...common, name: "target" }));
  const source = Promise.all([kafka, milvusPackage]).then(([{ brokers }]) =>
    startMilvus({ ...common, name: "source", kafka: { brokers }, channelPrefix }),
  );
  return [kafka, source, target];
}

async function stopIfStarted(start: PromiseSettledResult<Server>): Promise<void> {
  if (start.status === "fulfilled") await start.value.stop();
}

function createSandbox(kafka: KafkaServer, source: MilvusServer, target: MilvusServer): Sandbox {
  const stop = async (): Promise<void> => {
    await Promise.all([source.stop(), target.stop(), kafka.stop()]);
  };
  return { kafka, source, target, stop, [Symbol.asyncDispose]: stop };
}
