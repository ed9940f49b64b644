import {
  NO_ACCESS,
  keyOfGrant,
  type AccessControl,
  type AccessStep,
  type Grant,
  type Membership,
} from "../../src/model/access-control.js";
import { CdcError } from "../../src/model/errors.js";
import { ALL } from "../../src/model/selection.js";
import type { TargetAccess } from "../../src/sink/target-access.js";
import type { SourceAccess } from "../../src/source/source-access.js";
import { openGate, type Gate } from "./engine-gate.js";

/** A grant in few words: `Insert default.c reader`, or `CreateCollection Global:default.* reader`. */
export function grant(text: string): Grant {
  const [privilege = "", place = "", role = ""] = text.split(" ");
  const [objectType, path = ""] = place.includes(":") ? place.split(":") : ["Collection", place];
  const [database = "", objectName = ""] = path.split(".");
  return { role, objectType: objectType ?? "", objectName, privilege, database };
}

/** `user role` each. */
export function members(...texts: string[]): Membership[] {
  return texts.map((text) => {
    const [user = "", role = ""] = text.split(" ");
    return { user, role };
  });
}

/** Access control in an order that does not depend on how it came about. */
export function sorted({ roles, users, grants, members: all }: AccessControl): AccessControl {
  const by =
    <T>(keyOf: (item: T) => string) =>
    (a: T, b: T): number =>
      keyOf(a) < keyOf(b) ? -1 : 1;
  return {
    roles: [...roles].sort(),
    users: [...users].sort(),
    grants: [...grants].sort(by(keyOfGrant)),
    members: [...all].sort(by(({ user, role }) => JSON.stringify([user, role]))),
  };
}

/** The access control of one server, which refuses what Milvus refuses. */
export class FakeAccess {
  databases = ["default"];
  state: AccessControl;

  constructor(state: Partial<AccessControl> = {}) {
    this.state = { ...NO_ACCESS, ...state };
  }

  take(step: AccessStep): void {
    const { roles, grants, members: all } = this.state;
    switch (step.kind) {
      case "create-role":
        if (roles.includes(step.role)) throw refused(`role ${step.role} already exists`);
        this.#change({ roles: [...roles, step.role] });
        break;
      case "drop-role":
        this.#checkRole(step.role);
        if (grants.some(({ role }) => role === step.role))
          throw refused("fail to drop the role that it has privileges");
        if (all.some(({ role }) => role === step.role)) throw refused("the role has members");
        this.#change({ roles: roles.filter((role) => role !== step.role) });
        break;
      case "grant":
        this.#checkRole(step.grant.role);
        this.#change({ grants: [...without(grants, step.grant), step.grant] });
        break;
      case "revoke":
        this.#checkRole(step.grant.role);
        this.#change({ grants: without(grants, step.grant) });
        break;
      case "add-to-role":
        this.#checkRole(step.membership.role);
        if (!this.state.users.includes(step.membership.user)) throw refused("not found the user");
        this.#change({ members: [...without(all, step.membership), step.membership] });
        break;
      case "remove-from-role":
        this.#checkRole(step.membership.role);
        this.#change({ members: without(all, step.membership) });
        break;
    }
  }

  source(gate: Gate = openGate): SourceAccess {
    return {
      listDatabases: (signal) => gate("listDatabases", () => this.databases, signal),
      read: (databases, signal) => gate("readSource", () => this.#read(databases), signal),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  target(gate: Gate = openGate): TargetAccess {
    return {
      read: (databases, signal) => gate("readTarget", () => this.#read(databases), signal),
      takeStep: (step, signal) => gate(step.kind, () => this.take(step), signal),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  #read(databases: readonly string[]): AccessControl {
    const isAsked = ({ database }: Grant): boolean => database === ALL || databases.includes(database);
    return { ...this.state, grants: this.state.grants.filter(isAsked) };
  }

  #change(change: Partial<AccessControl>): void {
    this.state = { ...this.state, ...change };
  }

  #checkRole(role: string): void {
    if (!["admin", "public", ...this.state.roles].includes(role)) throw refused("not found the role");
  }
}

function refused(reason: string): CdcError {
  return new CdcError("TARGET_NOT_READY", reason);
}

function without<T>(items: readonly T[], gone: T): T[] {
  const key = JSON.stringify(gone);
  return items.filter((item) => JSON.stringify(item) !== key);
}
