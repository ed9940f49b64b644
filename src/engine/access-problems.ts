import type { AccessStep } from "../model/access-control.js";
import type { CdcError } from "../model/errors.js";
import { MILVUS_CALLS } from "../model/milvus-calls.js";

/** More than this is not listed. */
const LISTED = 10;

const READERS = `${privilegesOn("source")} on Global (and ListDatabases)`;
const WRITERS = `${privilegesOn("target")} on Global`;
const REMEDY: Partial<Record<CdcError["code"], string>> = {
  SOURCE_UNAUTHENTICATED: `; give the user of the configured source the privileges ${READERS} there, or the role admin`,
  TARGET_UNAUTHENTICATED: `; let connect_param name a user with the privileges ${WRITERS} there, or with the role admin`,
};

interface Refusal {
  readonly first: AccessStep;
  count: number;
}

/** What keeps the target from having the source's roles and grants, in sentences of a bounded number. */
export class AccessProblems {
  readonly #refusals = new Map<string, Refusal>();
  readonly #texts: string[] = [];

  /** One side cannot be read. */
  unreadable(error: CdcError): void {
    this.#texts.push(`roles and grants are not replicated: ${described(error)}`);
  }

  missing(users: readonly string[]): void {
    if (users.length === 0) return;
    const rest = users.length > LISTED ? ` and ${users.length - LISTED} more` : "";
    this.#texts.push(
      `the target has no user ${users.slice(0, LISTED).join(", ")}${rest}; no API tells a password, ` +
        "so create each on the target with its password; its roles follow",
    );
  }

  /** Steps that are refused for one reason make one sentence. */
  refused(step: AccessStep, error: CdcError): void {
    const reason = described(error);
    const refusal = this.#refusals.get(reason);
    if (refusal === undefined) this.#refusals.set(reason, { first: step, count: 1 });
    else refusal.count++;
  }

  get texts(): readonly string[] {
    const refusals = [...this.#refusals].map(
      ([reason, { first, count }]) =>
        `not possible on the target: ${describeStep(first)}${count > 1 ? ` (one of ${count} such steps)` : ""}: ${reason}`,
    );
    const unlisted = refusals.length - LISTED;
    return [
      ...this.#texts,
      ...refusals.slice(0, LISTED),
      ...(unlisted > 0 ? [`steps are refused for ${unlisted} more reasons`] : []),
    ];
  }
}

/** A step in words, without secrets. */
export function describeStep(step: AccessStep): string {
  switch (step.kind) {
    case "create-role":
      return `create role ${step.role}`;
    case "drop-role":
      return `drop role ${step.role}`;
    case "grant":
    case "revoke": {
      const { role, privilege, objectType, objectName, database } = step.grant;
      const preposition = step.kind === "grant" ? "to" : "from";
      return `${step.kind} ${privilege} on ${objectType} ${database}.${objectName} ${preposition} role ${role}`;
    }
    case "add-to-role":
      return `add user ${step.membership.user} to role ${step.membership.role}`;
    case "remove-from-role":
      return `remove user ${step.membership.user} from role ${step.membership.role}`;
  }
}

function described(error: CdcError): string {
  return `${error.message}${REMEDY[error.code] ?? ""}`;
}

/** What the calls take that are made for roles alone. */
function privilegesOn(side: "source" | "target"): string {
  const rights = MILVUS_CALLS.filter((call) => call[side] === "replicate_rbac").map(
    ({ right = "" }) => right,
  );
  return [...new Set(rights)].map((right) => right.split(" ")[1]).join(", ");
}
