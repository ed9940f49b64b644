import { CdcError } from "../model/errors.js";
import { missingRights, neededRights, type HeldRights, type Right } from "../model/rights.js";
import type { TaskSpec } from "../model/task.js";

/** What a task's user has to be allowed on one side, and whether it is. */
export interface PlannedRights {
  readonly needed: readonly Right[];
  /** Those of `needed` that it lacks; undefined when the server does not tell. */
  readonly missing: readonly Right[] | undefined;
  /** What of it would keep the task from replicating, and what to do about it; or why it cannot be told. */
  readonly reason: string | undefined;
}

export interface RightsOfSides {
  readonly source: PlannedRights;
  readonly target: PlannedRights;
}

export interface AskedSides {
  /** What the user of a side may do there. A side that does not tell is an answer, not an error. */
  readonly heldRights: (side: Side, signal: AbortSignal) => Promise<HeldRights>;
}

type Side = keyof RightsOfSides;

/** Who is meant, and where a user is changed. */
const USERS: Readonly<Record<Side, string>> = {
  source: "the user whom `sources` of the configuration names",
  target: "the user whom milvus_connect_param names",
};

export async function planRights(
  spec: TaskSpec,
  { heldRights }: AskedSides,
  signal: AbortSignal,
): Promise<RightsOfSides> {
  const [source, target] = await Promise.all([heldRights("source", signal), heldRights("target", signal)]);
  return { source: planSide(spec, "source", source), target: planSide(spec, "target", target) };
}

/** Does what takes rights; where it is refused for want of some, the error names all that are missing. */
export async function namingRights<T>(rights: RightsOfSides, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const { code, message, field } = CdcError.from(error);
    const side = code === "SOURCE_UNAUTHENTICATED" ? rights.source : rights.target;
    const isDenied = code === "SOURCE_UNAUTHENTICATED" || code === "TARGET_UNAUTHENTICATED";
    if (!isDenied || side.reason === undefined) throw error;
    throw new CdcError(code, `${message}; ${side.reason}`, { cause: error, field });
  }
}

function planSide(spec: TaskSpec, side: Side, held: HeldRights): PlannedRights {
  const needed = neededRights(spec, side);
  if (held.kind === "unknown") {
    const reason = `what the user may do on the ${side} cannot be told: ${held.because}`;
    return { needed, missing: undefined, reason };
  }
  const missing = held.kind === "all" ? [] : missingRights(needed, held.grants);
  return { needed, missing, reason: missing.length === 0 ? undefined : lackText(side, missing) };
}

function lackText(side: Side, missing: readonly Right[]): string {
  const { places, options } = described(missing);
  const without = options.length === 0 ? "" : `; or create the task without ${options.join(" and ")}`;
  return `${USERS[side]} lacks on the ${side} ${places}; grant one of its roles that, in the database default or *${without}`;
}

/** In the words of a grant: privileges by the object that they are of. */
function described(rights: readonly Right[]): { places: string; options: readonly string[] } {
  const byPlace = new Map<string, string[]>();
  for (const { privilege, objectType, objectName } of rights) {
    const place = `${objectType} ${objectName}`;
    byPlace.set(place, [...(byPlace.get(place) ?? []), privilege]);
  }
  const places = [...byPlace].map(([place, privileges]) => `${privileges.join(", ")} on ${place}`).join("; ");
  const conditions = new Set(rights.map(({ condition }) => condition));
  return {
    places,
    options: [...conditions].filter((one) => one === "load_for_snapshot" || one === "replicate_rbac"),
  };
}
