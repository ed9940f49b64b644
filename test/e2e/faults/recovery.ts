import { setTimeout as delay } from "node:timers/promises";
import { ConsistencyLevelEnum, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { TestCollection, readIds } from "../../support/e2e-collection.js";
import type { FaultServers } from "./fault-servers.js";

const POLL_MS = 30;
/** Of a Milvus 2.3.5 that was killed: its old session holds up loads for 15 s. */
const SERVERS_TIMEOUT_MS = 180_000;
/** A task that has not come back after this long does not come back by itself. */
const STREAMING_TIMEOUT_MS = 60_000;

/** How long it took from the end of faults until both servers answered, and from then on until rows streamed. */
export interface Recovery {
  readonly serversMs: number;
  readonly streamingMs: number;
}

/** Measures by rows of its own how soon replication comes back. */
export class RecoveryProbe {
  readonly #source: MilvusClient;
  readonly #target: MilvusClient;
  readonly #collection: TestCollection;
  #next = 1;

  private constructor({ sourceClient, targetClient }: FaultServers) {
    this.#source = sourceClient;
    this.#target = targetClient;
    this.#collection = new TestCollection(sourceClient, "probe");
  }

  static async prepare(servers: FaultServers): Promise<RecoveryProbe> {
    const probe = new RecoveryProbe(servers);
    await probe.#collection.createLoaded();
    return probe;
  }

  /**
   * @param backAtMs when the faults were over, by `performance.now()`
   * @param hadServersDown whether the servers need time of their own before they answer
   */
  async measure(backAtMs: number, hadServersDown: boolean): Promise<Recovery> {
    if (hadServersDown) await this.#untilServersAnswer();
    const answeringAtMs = hadServersDown ? performance.now() : backAtMs;
    const id = await this.#insert();
    await within(STREAMING_TIMEOUT_MS, `row ${id} to reach the target`, () => this.#isOnTarget(id));
    return { serversMs: answeringAtMs - backAtMs, streamingMs: performance.now() - answeringAtMs };
  }

  /** They take rows, and show what they have taken. */
  async #untilServersAnswer(): Promise<void> {
    await within(SERVERS_TIMEOUT_MS, "the source to take and show rows", async () => {
      const id = await this.#insert();
      return (await readIds(this.#source, this.#collection.names)).includes(id);
    });
    await within(SERVERS_TIMEOUT_MS, "the target to show rows", async () => {
      await readIds(this.#target, this.#collection.names);
      return true;
    });
  }

  async #insert(): Promise<number> {
    const id = this.#next++;
    await this.#collection.insert(id, id);
    return id;
  }

  async #isOnTarget(id: number): Promise<boolean> {
    const { data } = await this.#target.query({
      ...this.#collection.names,
      filter: `id == ${id}`,
      output_fields: ["id"],
      consistency_level: ConsistencyLevelEnum.Eventually,
    });
    return data.length > 0;
  }
}

/** Repeats a question, which may fail as well, until the answer is yes. */
async function within(timeoutMs: number, what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const endAtMs = performance.now() + timeoutMs;
  let failure: unknown;
  while (performance.now() < endAtMs) {
    failure = undefined;
    if (await isTrue().catch((error: unknown) => void (failure = error))) return;
    await delay(POLL_MS);
  }
  throw new Error(`waited for ${what} for ${timeoutMs / 1000} s`, { cause: failure });
}
