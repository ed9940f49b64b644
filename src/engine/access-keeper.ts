import { sleep } from "../async/abort.js";
import {
  NO_ACCESS,
  accessSteps,
  isSameAccess,
  missingUsers,
  unitedAccess,
  type AccessControl,
  type AccessStep,
} from "../model/access-control.js";
import { isAccessDatabase, selectAccess, type AccessScope } from "../model/access-selection.js";
import { CdcError, type ErrorCode } from "../model/errors.js";
import { ALL, DEFAULT_DATABASE } from "../model/selection.js";
import type { Logger } from "../observability/logger.js";
import type { TargetAccess } from "../sink/target-access.js";
import type { SourceAccess } from "../source/source-access.js";
import { AccessProblems, describeStep } from "./access-problems.js";
import type { RetryBoard } from "./retry-board.js";

const COMPARE_EVERY_MS = 10_000;
const PLACE = "roles and grants";
/** Refusals of one step, which the next look may find gone. */
const REFUSALS: readonly ErrorCode[] = ["TARGET_REJECTED", "TARGET_NOT_READY", "TARGET_UNAUTHENTICATED"];
const REMOVALS: readonly AccessStep["kind"][] = ["remove-from-role", "revoke", "drop-role"];

export interface AccessKeeperDeps {
  readonly source: SourceAccess;
  readonly target: TargetAccess;
  readonly scope: AccessScope;
  readonly retries: RetryBoard;
  readonly logger: Logger;
  /** What was remembered last; undefined when nothing was. */
  load(): Promise<AccessControl | undefined>;
  /** Durable when it resolves. Called when something has changed, with the names of the target. */
  remember(access: AccessControl): Promise<void>;
}

/**
 * Keeps roles, their members and grants of the target like the source's.
 *
 * What the target alone has is left alone, so what the source had has to be
 * remembered, and before the target gets it: a grant that nobody remembers
 * would stay there when the source revokes it. It is forgotten only when it is
 * gone from the target.
 */
export class AccessKeeper {
  readonly #deps: AccessKeeperDeps;
  #known: AccessControl | undefined;
  #problems: readonly string[] = [];
  #healed = 0n;

  constructor(deps: AccessKeeperDeps) {
    this.#deps = deps;
  }

  /** What keeps the target from being equal, in sentences; as of the last look. At most a dozen. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Steps that were taken. */
  get healed(): bigint {
    return this.#healed;
  }

  /** Compares until the signal aborts. A side that denies access is a problem, not a failure. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      try {
        await this.#deps.retries.retry(PLACE, () => this.#equalize(signal), signal);
      } catch (error) {
        if (signal.aborted) throw error;
        const problems = new AccessProblems();
        problems.unreadable(CdcError.from(error));
        this.#problems = problems.texts;
      }
      await sleep(COMPARE_EVERY_MS, signal);
    }
  }

  async #equalize(signal: AbortSignal): Promise<void> {
    const { source, target, scope } = this.#deps;
    const known = (this.#known ??= (await this.#deps.load()) ?? NO_ACCESS);
    const databases = (await source.listDatabases(signal)).filter((database) =>
      isAccessDatabase(scope, database),
    );
    const wanted = selectAccess(await source.read(databases, signal), scope);
    const present = await target.read(databasesOf(unitedAccess(wanted, known)), signal);
    const steps = accessSteps(wanted, present, known);
    const problems = new AccessProblems();
    problems.missing(missingUsers(wanted, present));
    const removals = steps.filter(({ kind }) => REMOVALS.includes(kind));
    await this.#remember(removals.length > 0 ? unitedAccess(wanted, known) : wanted);
    const refused = await this.#takeSteps(steps, problems, signal);
    this.#problems = problems.texts;
    if (!removals.some((step) => refused.has(step))) await this.#remember(wanted);
  }

  /** Resolves with the steps that the target refuses; what is possible without them is done. */
  async #takeSteps(
    steps: readonly AccessStep[],
    problems: AccessProblems,
    signal: AbortSignal,
  ): Promise<ReadonlySet<AccessStep>> {
    const refused = new Set<AccessStep>();
    for (const step of steps) {
      try {
        await this.#deps.target.takeStep(step, signal);
        this.#healed++;
        this.#deps.logger.info({ step: describeStep(step) }, "access of the target changed");
      } catch (error) {
        const known = CdcError.from(error);
        if (!REFUSALS.includes(known.code)) throw known;
        refused.add(step);
        problems.refused(step, known);
      }
    }
    return refused;
  }

  async #remember(access: AccessControl): Promise<void> {
    if (isSameAccess(access, this.#known ?? NO_ACCESS)) return;
    await this.#deps.remember(access);
    this.#known = access;
  }
}

/** Databases whose grants matter: a server answers for those alone that it is asked for. */
function databasesOf({ grants }: AccessControl): string[] {
  const databases = new Set([DEFAULT_DATABASE, ...grants.map(({ database }) => database)]);
  databases.delete(ALL);
  return [...databases];
}
