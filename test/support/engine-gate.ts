import { CdcError } from "../../src/model/errors.js";

/** Stands before every operation of a fake: does it, refuses it, loses its answer, or keeps it waiting. */
export type Gate = <T>(operation: string, apply: () => T | Promise<T>, signal?: AbortSignal) => Promise<T>;

export const openGate: Gate = async (_, apply) => apply();

type Fault = (apply: () => unknown, signal: AbortSignal | undefined) => Promise<unknown>;

export interface Held {
  /** The operation has come to the gate. */
  readonly arrived: Promise<void>;
  /** Lets it through. */
  release(): void;
}

/**
 * Faults for operations to come, per operation in the order of the calls. An
 * operation is named after its method, or `method subject` to meet one subject alone.
 */
export class Faults {
  readonly #queued = new Map<string, Fault[]>();
  /** Every operation that came, in order. */
  readonly seen: string[] = [];

  readonly gate: Gate = async <T>(operation: string, apply: () => T | Promise<T>, signal?: AbortSignal) => {
    this.seen.push(operation);
    const fault = this.#take(operation) ?? this.#take(operation.split(" ")[0] ?? "");
    return fault === undefined ? apply() : ((await fault(apply, signal)) as T);
  };

  /** The operation fails before anything was done. */
  reject(operation: string, error: Error, times = 1): void {
    for (let i = 0; i < times; i++) this.#add(operation, () => Promise.reject(error));
  }

  /** The operation is done, and its answer lost. */
  loseAnswer(
    operation: string,
    error: unknown = new CdcError("TARGET_UNAVAILABLE", "the answer was lost"),
  ): void {
    this.#add(operation, async (apply) => {
      await apply();
      throw error;
    });
  }

  /** The operation waits; it fails undone when it is aborted. */
  hold(operation: string): Held {
    let [arrive, release] = [(): void => undefined, (): void => undefined];
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    this.#add(operation, async (apply, signal) => {
      arrive();
      await new Promise<void>((resolve, reject) => {
        void released.then(resolve);
        signal?.addEventListener("abort", () => reject(new CdcError("TARGET_UNAVAILABLE", "cancelled")), {
          once: true,
        });
      });
      return apply();
    });
    return { arrived, release };
  }

  #add(operation: string, fault: Fault): void {
    const faults = this.#queued.get(operation);
    if (faults === undefined) this.#queued.set(operation, [fault]);
    else faults.push(fault);
  }

  #take(operation: string): Fault | undefined {
    return this.#queued.get(operation)?.shift();
  }
}

/** An operation, by its number, that fails once: done, so that only its answer is lost, or not done. */
export interface Failure {
  readonly operation: number;
  readonly isDone: boolean;
  /** The target says that it will never take it, which blocks the collection; else it is worth another try. */
  readonly isRefused: boolean;
}

export interface LifeSpan {
  /** How many operations are answered. The next one is done or not, and nothing is answered from then on. */
  readonly operations: number;
  readonly isLastDone: boolean;
  readonly failures: readonly Failure[];
  /** How long operations take, in ms, half of it before they are done; in turn. */
  readonly delays?: readonly number[];
}

/** What is asked once at the start, and not repeated. */
const UNREPEATED = ["listProgress", "listCollections", "read"];
const REFUSABLE = /^(insert|upsert|delete|dropPartition|drop|openCollection) /;

/** A process that dies at one of its operations, after some others failed. */
export class MortalProcess {
  readonly #span: LifeSpan;
  #count = 0;
  #isDead = false;

  constructor(span: LifeSpan) {
    this.#span = span;
  }

  kill(): void {
    this.#isDead = true;
  }

  readonly gate: Gate = async <T>(operation: string, apply: () => T | Promise<T>) => {
    const number = this.#count++;
    const { operations, isLastDone, failures } = this.#span;
    if (this.#isDead || number >= operations) {
      if (!this.#isDead && isLastDone) await apply();
      this.#isDead = true;
      return new Promise<T>(() => undefined);
    }
    const wait = this.#delay(number);
    await wait();
    const failure = UNREPEATED.includes(operation) ? undefined : failures.find((f) => f.operation === number);
    if (failure === undefined) {
      const result = await apply();
      await wait();
      return result;
    }
    if (failure.isDone) await apply();
    const isRefused = failure.isRefused && REFUSABLE.test(operation);
    throw new CdcError(isRefused ? "TARGET_REJECTED" : "TARGET_UNAVAILABLE", "as it happens");
  };

  #delay(number: number): () => Promise<void> {
    const { delays = [] } = this.#span;
    const ms = delays[number % delays.length] ?? 0;
    return ms === 0 ? () => Promise.resolve() : () => new Promise((resolve) => setTimeout(resolve, ms / 2));
  }
}
