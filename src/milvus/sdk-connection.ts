import type { MilvusAddress } from "../model/milvus-address.js";
import {
  errorOfCall,
  errorOfStatus,
  isMissing,
  isSuccess,
  isUnimplemented,
  type MilvusSide,
} from "./milvus-errors.js";
import { loadSdk, type SdkCall } from "./sdk.js";
import type { ClientLease, SdkClients } from "./sdk-clients.js";
import { statusOfSdk, type SdkStatus } from "./sdk-status.js";

interface Answer {
  readonly status: SdkStatus;
}

/**
 * Calls over a client of Milvus's SDK, which connects with the first of them. Every call is named, and
 * throws a CdcError named after the side.
 */
export class SdkConnection {
  readonly #side: MilvusSide;
  readonly #endpoint: string;
  readonly #lease: ClientLease;

  constructor(side: MilvusSide, address: MilvusAddress, clients: SdkClients) {
    this.#side = side;
    this.#endpoint = address.endpoint;
    this.#lease = clients.lease(address);
  }

  /** Idempotent. */
  close(): Promise<void> {
    return this.#lease.close();
  }

  /** For calls that answer with more than a status. */
  async ask<A extends Answer>(call: string, action: SdkCall<A>): Promise<A> {
    const answer = await this.#run(call, action);
    this.#check(call, answer.status);
    return answer;
  }

  /** The same; undefined when the object of the call does not exist. */
  async askOrMissing<A extends Answer>(call: string, action: SdkCall<A>): Promise<A | undefined> {
    const answer = await this.#run(call, action);
    if (isMissing(statusOfSdk(answer.status))) return undefined;
    this.#check(call, answer.status);
    return answer;
  }

  /** For calls that not every server knows: undefined when it refuses, for whatever reason. */
  async askIfKnown<A extends Answer>(call: string, action: SdkCall<A>): Promise<A | undefined> {
    try {
      const answer = await this.#run(call, action);
      return isSuccess(statusOfSdk(answer.status)) ? answer : undefined;
    } catch (error) {
      if (isUnimplemented(error)) return undefined;
      throw error;
    }
  }

  /** For calls that not every server has: undefined when it does not. */
  async askIfImplemented<A extends Answer>(call: string, action: SdkCall<A>): Promise<A | undefined> {
    try {
      return await this.ask(call, action);
    } catch (error) {
      if (isUnimplemented(error)) return undefined;
      throw error;
    }
  }

  /** For calls that answer with a status alone. */
  async do(call: string, action: SdkCall<SdkStatus>): Promise<void> {
    this.#check(call, await this.#run(call, action));
  }

  /** The same; answers whether the server did it. */
  async isDone(call: string, action: SdkCall<SdkStatus>): Promise<boolean> {
    return isSuccess(statusOfSdk(await this.#run(call, action)));
  }

  /** The same; it is no error when the object of the call does not exist. */
  async doOrMissing(call: string, action: SdkCall<SdkStatus | Answer>): Promise<void> {
    const answer = await this.#run(call, action);
    const status = "status" in answer ? answer.status : answer;
    if (!isMissing(statusOfSdk(status))) this.#check(call, status);
  }

  #check(call: string, status: SdkStatus): void {
    const known = statusOfSdk(status);
    if (!isSuccess(known)) throw errorOfStatus(this.#side, call, known);
  }

  async #run<A>(call: string, action: SdkCall<A>): Promise<A> {
    try {
      return await action(await this.#lease.connected(), await loadSdk());
    } catch (error) {
      throw errorOfCall(this.#side, call, this.#endpoint, error);
    }
  }
}
