import { MilvusClient, type ClientConfig } from "@zilliz/milvus2-sdk-node";
import { untilAborted } from "../async/abort.js";
import type { MilvusAddress } from "../model/milvus-address.js";
import {
  errorOfCall,
  errorOfStatus,
  isMissing,
  isSuccess,
  isUnimplemented,
  type MilvusSide,
} from "./milvus-errors.js";
import { lastingClose } from "./lasting-close.js";
import { statusOfSdk, type SdkStatus } from "./sdk-status.js";

const CLOSE_WITHIN_MS = 500;

interface Answer {
  readonly status: SdkStatus;
}

type Action<A> = (client: MilvusClient) => Promise<A>;

/**
 * A connection of Milvus's SDK, made at the first call and made anew after one
 * that failed. Every call is named, and throws a CdcError named after the side.
 */
export class SdkConnection {
  readonly #side: MilvusSide;
  readonly #address: MilvusAddress;
  #client: MilvusClient | undefined;

  constructor(side: MilvusSide, address: MilvusAddress) {
    this.#side = side;
    this.#address = address;
  }

  /** Calls under way get some time; the SDK itself would wait for answers that a hanging server never gives. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    const closed = client.closeConnection().catch(() => undefined);
    await untilAborted(closed, AbortSignal.timeout(CLOSE_WITHIN_MS)).catch(() => undefined);
  }

  /** For calls that answer with more than a status. */
  async ask<A extends Answer>(call: string, action: Action<A>): Promise<A> {
    const answer = await this.#run(call, action);
    this.#check(call, answer.status);
    return answer;
  }

  /** The same; undefined when the object of the call does not exist. */
  async askOrMissing<A extends Answer>(call: string, action: Action<A>): Promise<A | undefined> {
    const answer = await this.#run(call, action);
    if (isMissing(statusOfSdk(answer.status))) return undefined;
    this.#check(call, answer.status);
    return answer;
  }

  /** For calls that not every server knows: undefined when it refuses, for whatever reason. */
  async askIfKnown<A extends Answer>(call: string, action: Action<A>): Promise<A | undefined> {
    try {
      const answer = await this.#run(call, action);
      return isSuccess(statusOfSdk(answer.status)) ? answer : undefined;
    } catch (error) {
      if (isUnimplemented(error)) return undefined;
      throw error;
    }
  }

  /** For calls that not every server has: undefined when it does not. */
  async askIfImplemented<A extends Answer>(call: string, action: Action<A>): Promise<A | undefined> {
    try {
      return await this.ask(call, action);
    } catch (error) {
      if (isUnimplemented(error)) return undefined;
      throw error;
    }
  }

  /** For calls that answer with a status alone. */
  async do(call: string, action: Action<SdkStatus>): Promise<void> {
    this.#check(call, await this.#run(call, action));
  }

  /** The same; answers whether the server did it. */
  async isDone(call: string, action: Action<SdkStatus>): Promise<boolean> {
    return isSuccess(statusOfSdk(await this.#run(call, action)));
  }

  /** The same; it is no error when the object of the call does not exist. */
  async doOrMissing(call: string, action: Action<SdkStatus | Answer>): Promise<void> {
    const answer = await this.#run(call, action);
    const status = "status" in answer ? answer.status : answer;
    if (!isMissing(statusOfSdk(status))) this.#check(call, status);
  }

  #check(call: string, status: SdkStatus): void {
    const known = statusOfSdk(status);
    if (!isSuccess(known)) throw errorOfStatus(this.#side, call, known);
  }

  async #run<A>(call: string, action: Action<A>): Promise<A> {
    try {
      return await action(await this.#connected());
    } catch (error) {
      throw errorOfCall(this.#side, call, this.#address.endpoint, error);
    }
  }

  /** A client whose first connection failed never recovers, so it is made anew. */
  async #connected(): Promise<MilvusClient> {
    const client = (this.#client ??= new MilvusClient(clientConfig(this.#address)));
    try {
      await client.connectPromise;
      return client;
    } catch (error) {
      if (this.#client === client) await this.close();
      throw error;
    }
  }
}

/** Its own retries are off: they hide from the operator what fails, and how often. */
function clientConfig({
  endpoint,
  token,
  username,
  password,
  tls,
  connectTimeoutMs,
}: MilvusAddress): ClientConfig {
  return {
    address: endpoint,
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
    channelOptions: lastingClose,
    logLevel: "error",
  };
}
