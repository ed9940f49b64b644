import { once } from "node:events";
import { RunningSandbox, sandboxSocket } from "./running.js";
import { startSandbox, type Sandbox } from "./sandbox.js";

/** Addresses of the servers that run, by the names that `sandbox up` prints. */
export type SandboxAddresses = Readonly<
  Record<"KAFKA_BROKERS" | "SOURCE_URI" | "SOURCE_CHANNEL_PREFIX" | "TARGET_URI", string>
>;

export interface UpOptions {
  /** Keeps data and logs there; else they are thrown away. */
  readonly dataDir?: string | undefined;
  readonly onReady: (addresses: SandboxAddresses) => void;
  readonly onProgress: (line: string) => void;
}

/**
 * Starts Kafka, a source and a target Milvus, and runs them until the signal aborts or `down` is called.
 *
 * @throws SandboxError saying what is missing or broken, or that one runs already
 */
export async function upSandbox(
  { dataDir, onReady, onProgress }: UpOptions,
  signal: AbortSignal,
): Promise<void> {
  const asked = new AbortController();
  const ended = AbortSignal.any([signal, asked.signal]);
  const running = await RunningSandbox.claim(sandboxSocket(process.env), () => asked.abort());
  try {
    await using sandbox = await startSandbox({ dataDir, signal: ended, progress: onProgress });
    onReady(addressesOf(sandbox));
    if (!ended.aborted) await once(ended, "abort");
  } catch (error) {
    if (!ended.aborted) throw error;
  } finally {
    await running.release();
  }
}

function addressesOf({ kafka, source, target }: Sandbox): SandboxAddresses {
  return {
    KAFKA_BROKERS: kafka.brokers.join(","),
    SOURCE_URI: source.uri,
    SOURCE_CHANNEL_PREFIX: source.channelPrefix,
    TARGET_URI: target.uri,
  };
}
