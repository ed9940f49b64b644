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
  reject(operation: string, error: unknown, times = 1): void {
    for (let i = 0; i < times; i++) this.#add(operation, () => Promise.reject(error as Error));
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

/** A process that dies at one of its operations: that one is done or not, and nothing is answered from then on. */
export class MortalProcess {
  #left: number;
  readonly #isLastDone: boolean;

  constructor(operations: number, isLastDone: boolean) {
    this.#left = operations;
    this.#isLastDone = isLastDone;
  }

  get isDead(): boolean {
    return this.#left < 0;
  }

  kill(): void {
    this.#left = -1;
  }

  readonly gate: Gate = async <T>(_: string, apply: () => T | Promise<T>) => {
    this.#left--;
    if (this.#left >= 0) return apply();
    if (this.#left === -1 && this.#isLastDone) await apply();
    return new Promise<T>(() => undefined);
  };
}
