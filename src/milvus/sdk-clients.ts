import type { ClientConfig, MilvusClient } from "@zilliz/milvus2-sdk-node";
import { untilAborted } from "../async/abort.js";
import type { MilvusAddress } from "../model/milvus-address.js";
import { grpcTarget } from "./checked-names.js";
import { lastingClose } from "./lasting-close.js";
import { loadSdk } from "./sdk.js";

const CLOSE_WITHIN_MS = 500;

export interface SdkClientsOptions {
  /** How long a client is kept that nobody uses. */
  readonly keepMs?: number;
}

interface SharedClient {
  readonly key: string;
  /** Whoever changes the files of a connection expects the next one to read them. */
  readonly isOfFiles: boolean;
  readonly client: Promise<MilvusClient>;
  leases: number;
}

/**
 * Clients of Milvus's SDK, one for each address and user, shared by all who call there: each that is made
 * parses Milvus's whole API anew, which takes some 0.1 s of CPU and several MB. So a client may outlive the last who used
 * it for a while: a task that is paused is resumed soon, more often than not.
 */
export class SdkClients implements AsyncDisposable {
  readonly #shared = new Map<string, SharedClient>();
  #keepMs: number;

  constructor({ keepMs = 0 }: SdkClientsOptions = {}) {
    this.#keepMs = keepMs;
  }

  /** Connects with the first call. */
  lease(address: MilvusAddress): ClientLease {
    const key = JSON.stringify(address);
    return new ClientLease(
      () => this.#take(key, address),
      (shared) => this.#giveBack(shared),
      (shared) => this.#discard(shared),
    );
  }

  #take(key: string, address: MilvusAddress): SharedClient {
    const shared = this.#shared.get(key) ?? {
      key,
      isOfFiles: address.tls !== undefined,
      client: loadSdk().then((sdk) => new sdk.MilvusClient(clientConfig(address))),
      leases: 0,
    };
    shared.leases++;
    this.#shared.set(key, shared);
    return shared;
  }

  async #giveBack(shared: SharedClient): Promise<void> {
    shared.leases--;
    if (shared.leases > 0) return;
    if (this.#keepMs === 0 || shared.isOfFiles) return this.#discard(shared);
    const onTimeout = (): void => void (shared.leases === 0 && this.#discard(shared));
    setTimeout(onTimeout, this.#keepMs).unref();
  }

  /** Closes those that are kept, and keeps none from now on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#keepMs = 0;
    const kept = [...this.#shared.values()].filter(({ leases }) => leases === 0);
    await Promise.all(kept.map((shared) => this.#discard(shared)));
  }

  /** Calls under way get some time; the SDK itself would wait for answers that a hanging server never gives. */
  async #discard(shared: SharedClient): Promise<void> {
    const { key, client } = shared;
    if (this.#shared.get(key) !== shared) return;
    this.#shared.delete(key);
    const closed = client.then((made) => made.closeConnection()).catch(() => undefined);
    await untilAborted(closed, AbortSignal.timeout(CLOSE_WITHIN_MS)).catch(() => undefined);
  }
}

/** The use of a shared client by one of its callers. */
export class ClientLease {
  readonly #take: () => SharedClient;
  readonly #giveBack: (shared: SharedClient) => Promise<void>;
  readonly #discard: (shared: SharedClient) => Promise<void>;
  #shared: SharedClient | undefined;

  constructor(
    take: () => SharedClient,
    giveBack: (shared: SharedClient) => Promise<void>,
    discard: (shared: SharedClient) => Promise<void>,
  ) {
    this.#take = take;
    this.#giveBack = giveBack;
    this.#discard = discard;
  }

  /** A client whose first connection failed never recovers, so the next call makes another. */
  async connected(): Promise<MilvusClient> {
    const shared = (this.#shared ??= this.#take());
    try {
      const client = await shared.client;
      await client.connectPromise;
      return client;
    } catch (error) {
      if (this.#shared === shared) this.#shared = undefined;
      await this.#discard(shared);
      throw error;
    }
  }

  /** The client is closed with the last of its leases, or a while after it. Idempotent. */
  async close(): Promise<void> {
    const shared = this.#shared;
    this.#shared = undefined;
    if (shared !== undefined) await this.#giveBack(shared);
  }
}

/** Its own retries are off: they hide from the operator what fails, and how often. */
function clientConfig(address: MilvusAddress): ClientConfig {
  const { token, username, password, tls, connectTimeoutMs } = address;
  const { target, options } = grpcTarget(address);
  return {
    address: target,
    // by some names the SDK would ask a server of its own choice, with the token, where to connect to
    isGlobal: false,
    ...(token !== undefined && { token }),
    ...(username !== undefined && { username, password: password ?? "" }),
    ssl: tls !== undefined,
    ...(tls !== undefined && {
      tls: {
        ...(tls.serverName !== undefined && { serverName: tls.serverName }),
        ...(tls.caPath !== undefined && { rootCertPath: tls.caPath }),
        ...(tls.keyPath !== undefined && { privateKeyPath: tls.keyPath }),
        ...(tls.certPath !== undefined && { certChainPath: tls.certPath }),
      },
    }),
    timeout: connectTimeoutMs,
    maxRetries: 0,
    telemetry: { enabled: false },
    channelOptions: { ...options, ...lastingClose },
    logLevel: "error",
  };
}
