import { CdcError } from "../model/errors.js";
import { isReplacing } from "../model/row-copy.js";
import { knownStructure } from "../model/known-structure.js";
import { structureSteps } from "../model/structure-steps.js";
import {
  isSameStructure,
  selectedStructure,
  withoutLoads,
  type CollectionStructure,
  type StructureStep,
} from "../model/structure.js";
import type { TargetCollection } from "../sink/applier.js";
import { AliasMoves } from "./alias-moves.js";
import type { CollectionRecord } from "./collection-record.js";
import type { LaneDeps } from "./lane-deps.js";
import { ReplicaChoice } from "./replica-choice.js";
import { StepAttempts } from "./step-attempts.js";

/** Runs an action unless what was seen may be true no more; answers whether it ran. */
export type Guard = (action: () => Promise<void>) => Promise<boolean>;

/** Compares one collection on both sides, and brings the target's nearer to the source's. */
export class StructureEqualizer {
  readonly #record: CollectionRecord;
  readonly #deps: LaneDeps;
  readonly #attempts = new StepAttempts();
  readonly #replicas = new ReplicaChoice();
  readonly #aliases: AliasMoves;
  #differences: readonly string[] = [];

  constructor(record: CollectionRecord, deps: LaneDeps) {
    this.#record = record;
    this.#deps = deps;
    this.#aliases = new AliasMoves(deps.catalogue);
  }

  /** How the target differs for good, and what it refuses; each with what can be done about it. */
  get problems(): readonly string[] {
    const replicas = this.#replicas.problem;
    return [...this.#differences, ...(replicas === undefined ? [] : [replicas]), ...this.#attempts.problems];
  }

  /** Once; tells of the steps that were taken. What the target refuses is a problem, and no error. */
  async equalize(
    target: TargetCollection,
    guard: Guard,
    onStep: (step: StructureStep) => void,
  ): Promise<void> {
    const wanted = await this.#wanted(target);
    // its drop is on the way, or its next name
    if (wanted === undefined) return;
    const { structure: known, onlyPartitions } = this.#record.current;
    const found = await target.structure(this.#deps.aborting);
    // rows that are to be replaced are found by queries, so the target stays loaded until that is done
    const kept = isReplacing(this.#record.current.copy) ? { ...wanted, loaded: wanted.partitions } : wanted;
    const source = await this.#replicas.apply(kept, found, target, this.#deps.aborting);
    const steps = structureSteps(source, found, known, onlyPartitions);
    // before they are taken: a process that dies in between must know what it may have left there
    await this.#remember(knownStructure(source, known, steps));
    for (const step of this.#attempts.plan(steps)) {
      if (await this.#take(step, target, guard)) onStep(step);
    }
  }

  /** The source's structure, without what is loaded there only for its rows to be copied. */
  async #wanted(target: TargetCollection): Promise<CollectionStructure | undefined> {
    this.#differences = target.differences.map((text) => `on the target, ${text}. ${DIFFERENCE_REMEDY}`);
    const before = this.#ignoredLoads;
    const { id, source, onlyPartitions } = this.#record.current;
    const found = await this.#deps.catalogue.structure(id, source, this.#deps.aborting);
    return (
      found && withoutLoads(selectedStructure(found, onlyPartitions), [...before, ...this.#ignoredLoads])
    );
  }

  get #ignoredLoads(): readonly string[] {
    return this.#record.current.copy?.loadedPartitions ?? [];
  }

  async #take(step: StructureStep, target: TargetCollection, guard: Guard): Promise<boolean> {
    const { aborting } = this.#deps;
    if (step.kind === "drop-alias" && (await this.#isMoving(step.alias))) return false;
    try {
      if (!(await guard(() => target.takeStep(step, aborting)))) return false;
      this.#attempts.took(step);
      return true;
    } catch (error) {
      const known = CdcError.from(error);
      if (!isRefusal(known)) throw known;
      this.#attempts.took(step, known.message);
      this.#replicas.refused(step);
      return false;
    }
  }

  #isMoving(alias: string): Promise<boolean> {
    return this.#aliases.isMoving(this.#record.current.source.database, alias, this.#deps.aborting);
  }

  async #remember(structure: CollectionStructure): Promise<void> {
    const known = this.#record.current.structure;
    if (known === undefined || !isSameStructure(known, structure)) await this.#record.change({ structure });
  }
}

/** Of what cannot change while a collection lives. */
const DIFFERENCE_REMEDY =
  "Rows flow all the same; to have it alike, drop it on the target and create the task anew.";

/** What a target does not do now it may never do; rows and other steps must not wait for it. */
function isRefusal({ action, code }: CdcError): boolean {
  return action === "block" || code === "TARGET_NOT_READY";
}
