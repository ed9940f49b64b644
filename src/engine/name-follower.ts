import { linkedAbort, sleep, untilAborted } from "../async/abort.js";
import { CdcError } from "../model/errors.js";
import { mapCollection } from "../model/name-mapping.js";
import { fullName, isSameName, type CollectionName } from "../model/selection.js";
import type { TargetCollection } from "../sink/applier.js";
import type { CollectionRecord } from "./collection-record.js";
import type { LaneDeps } from "./lane-deps.js";
import type { RowWriter } from "./row-writer.js";

/** How soon a name that is in use on the target is tried again. */
const TRY_AGAIN_MS = 5_000;
/** Who waits for a name gives way to others this soon. */
const STEP_ASIDE_MS = 500;
/** Names have 255 characters at most. */
const MAX_STEM = 225;
const IN_USE = {
  message: "another collection of the task has this name",
  remedy: "It is renamed as soon as that one lets it go.",
};

/**
 * Holds the collection's name on the target, and lets it follow that of the
 * source. Rows are routed by ids, so they flow before, while and after.
 */
export class NameFollower {
  readonly #record: CollectionRecord;
  readonly #deps: LaneDeps;
  #release: () => void = () => undefined;
  #releaseFormer: () => void = () => undefined;
  #wake: (() => void) | undefined;
  #problem: string | undefined;
  /** While it waits for its first name. */
  #giveUp: (() => void) | undefined;

  constructor(record: CollectionRecord, deps: LaneDeps) {
    this.#record = record;
    this.#deps = deps;
  }

  /** Why the target has another name than it should. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Waits for the name under which the target is, or is to be; after a crash in a rename, for both.
   * Rejects when it is given up.
   */
  async acquire(stopping: AbortSignal): Promise<void> {
    const waiting = linkedAbort(stopping);
    this.#giveUp = () => waiting.abort(new Error("the collection was dropped"));
    try {
      await this.#acquire(waiting.signal);
    } finally {
      waiting.unlink();
      this.#giveUp = undefined;
    }
  }

  /** Waits for no name any more: the collection was dropped. */
  giveUp(): void {
    this.#giveUp?.();
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    const { target, formerTarget, isMerged } = this.#record.current;
    if (isMerged === undefined) return this.#acquireFirst(signal);
    // both are asked for before anybody else can: they are this one's
    const [own, former] = [target, formerTarget].map(
      async (name) => name && (await this.#deps.names.acquire(name, signal)),
    );
    former?.catch(() => undefined);
    this.#release = (await own) ?? this.#release;
    this.#releaseFormer = (await former) ?? this.#releaseFormer;
  }

  /** One that is not on the target yet gets the name that its source has by then. */
  async #acquireFirst(signal: AbortSignal): Promise<void> {
    for (;;) {
      const wanted = this.#wanted;
      const release = await this.#acquireWhileWanted(wanted, () => Promise.resolve(), signal);
      if (release === undefined) continue;
      this.#release = release;
      this.#problem = undefined;
      if (!isSameName(wanted, this.#record.current.target)) await this.#record.change({ target: wanted });
      return;
    }
  }

  /** Ends a rename that was under way when the task ended. */
  async finish(): Promise<void> {
    const { target, formerTarget } = this.#record.current;
    if (formerTarget === undefined) return;
    await this.#deps.applier.renameCollection(formerTarget, target, this.#deps.aborting);
    await this.#record.change({ formerTarget: undefined });
    this.#releaseFormer();
  }

  /** Gives the name free. Idempotent. */
  release(): void {
    this.#release();
    this.#releaseFormer();
  }

  /** The source's collection was seen under this name. */
  async seen(source: CollectionName): Promise<void> {
    if (isSameName(source, this.#record.current.source)) return;
    await this.#record.change({ source });
    this.#wake?.();
  }

  /** Renames until the signal aborts. What cannot be renamed now keeps its name, says why, and is tried again. */
  async run(target: TargetCollection, writer: RowWriter, signal: AbortSignal): Promise<never> {
    for (;;) {
      const wanted = this.#wanted;
      try {
        if (isSameName(wanted, this.#record.current.target)) {
          this.#problem = undefined;
          await this.#woken(signal);
        } else await this.#follow(wanted, target, writer, signal);
      } catch (error) {
        signal.throwIfAborted();
        const known = CdcError.from(error);
        if (known.action === "fail") throw known;
        this.#problem = problemOf(wanted, known);
        await this.#giveWay(target, writer, signal).catch(() => signal.throwIfAborted());
        await sleep(TRY_AGAIN_MS, signal);
      }
    }
  }

  async #follow(
    wanted: CollectionName,
    target: TargetCollection,
    writer: RowWriter,
    signal: AbortSignal,
  ): Promise<void> {
    // two may have changed their names with each other: one of them has to take another name first
    const onWait = (): Promise<void> => this.#giveWay(target, writer, signal);
    const release = await this.#acquireWhileWanted(wanted, onWait, signal);
    if (release === undefined) return;
    try {
      await this.#rename(wanted, target, writer, signal);
    } catch (error) {
      release();
      throw error;
    }
    this.#problem = undefined;
    this.#release();
    this.#release = release;
  }

  /** Undefined when the source has a new name again. */
  async #acquireWhileWanted(
    wanted: CollectionName,
    onWait: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<(() => void) | undefined> {
    const waiting = linkedAbort(signal);
    const acquired = this.#deps.names.acquire(wanted, waiting.signal);
    let release: (() => void) | undefined;
    try {
      while (release === undefined && isSameName(wanted, this.#wanted)) {
        release = (await Promise.race([acquired, sleep(STEP_ASIDE_MS, signal)])) ?? undefined;
        if (release !== undefined) break;
        this.#problem = problemOf(wanted, IN_USE);
        await onWait();
      }
      return release;
    } finally {
      waiting.unlink();
      if (release === undefined) {
        waiting.abort(new Error("the name is not wanted any more"));
        // it may have come at the same moment
        acquired.then(
          (tooLate) => tooLate(),
          () => undefined,
        );
      }
    }
  }

  /** Takes a name that nobody else has, when somebody waits for its own. */
  async #giveWay(target: TargetCollection, writer: RowWriter, signal: AbortSignal): Promise<void> {
    const { id, target: present } = this.#record.current;
    if (!this.#deps.names.isAwaited(present)) return;
    const name = `${present.name.slice(0, MAX_STEM)}_cdc_${id}`;
    await this.#rename({ ...present, name }, target, writer, signal);
    this.#release();
    this.#release = () => undefined;
  }

  /** What is under way is remembered, since the target may be found under either name after a crash. */
  async #rename(
    to: CollectionName,
    target: TargetCollection,
    writer: RowWriter,
    signal: AbortSignal,
  ): Promise<void> {
    const { applier, databases, retries, aborting } = this.#deps;
    const from = this.#record.current.target;
    const place = `name of ${fullName(to)}`;
    await retries.retry(place, () => databases.ensure(to.database, aborting), signal);
    const isTaken = await retries.retry(place, () => applier.hasCollection(to, aborting), signal);
    if (isTaken) throw new CdcError("TARGET_REJECTED", "a collection of this name is there already");
    await writer.exclusively(async () => {
      await this.#record.change({ target: to, formerTarget: from });
      const refusal = await retries.retry(place, () => this.#renameOnTarget(from, to), signal);
      if (refusal === undefined) target.renamed(to);
      await this.#record.change({ target: refusal ? from : to, formerTarget: undefined });
      if (refusal !== undefined) throw refusal;
    });
  }

  /** Answers why the target does not do it: rows wait for this, so it is not repeated before they have flowed. */
  async #renameOnTarget(from: CollectionName, to: CollectionName): Promise<CdcError | undefined> {
    const { applier, aborting } = this.#deps;
    try {
      await applier.renameCollection(from, to, aborting);
      return undefined;
    } catch (error) {
      const known = CdcError.from(error);
      if (known.action !== "block" && known.code !== "TARGET_NOT_READY") throw known;
      // it may be the answer to a repetition of what was done
      return (await applier.hasCollection(from, aborting)) ? known : undefined;
    }
  }

  get #wanted(): CollectionName {
    return mapCollection(this.#deps.nameMappings, this.#record.current.source);
  }

  async #woken(signal: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await untilAborted(woken, signal);
  }
}

function problemOf(
  { database, name }: CollectionName,
  { message, remedy }: Pick<CdcError, "message" | "remedy">,
): string {
  return `cannot be renamed to ${database}.${name} on the target: ${message}. ${remedy}`;
}
