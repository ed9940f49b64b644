/** What a role may do with an object. */
export interface Grant {
  readonly role: string;
  /** `Collection`, `Global` or `User`. */
  readonly objectType: string;
  /** `*` is every object of the type. */
  readonly objectName: string;
  readonly privilege: string;
  /** `*` is every database. */
  readonly database: string;
}

export interface Membership {
  readonly user: string;
  readonly role: string;
}

/** Who may do what in one Milvus. Plain data, so that it can be kept as JSON. Order means nothing. */
export interface AccessControl {
  readonly roles: readonly string[];
  readonly users: readonly string[];
  /** Of roles that are in `roles`, or built in. */
  readonly grants: readonly Grant[];
  readonly members: readonly Membership[];
}

export const NO_ACCESS: AccessControl = { roles: [], users: [], grants: [], members: [] };

/** One step that brings a target's access control nearer to its source's. */
export type AccessStep =
  | { readonly kind: "create-role" | "drop-role"; readonly role: string }
  | { readonly kind: "grant" | "revoke"; readonly grant: Grant }
  | { readonly kind: "add-to-role" | "remove-from-role"; readonly membership: Membership };

/**
 * The steps that bring `target` to `source`. What the target alone has is left
 * alone, unless `known` has it: what the source had when the two were last made
 * equal. Servers refuse to drop a role with grants or members, so these go
 * first; whatever grants a role has that goes, go with it. Roles of users that
 * are missing on the target wait for them.
 */
export function accessSteps(
  source: AccessControl,
  target: AccessControl,
  known: AccessControl,
): AccessStep[] {
  const goneRoles = target.roles.filter(takenBack(source.roles, known.roles, String));
  const isRevoked = takenBack(source.grants, known.grants, keyOfGrant);
  const hasLeft = takenBack(source.members, known.members, keyOfMembership);
  const left = target.members.filter((member) => goneRoles.includes(member.role) || hasLeft(member));
  const revoked = target.grants.filter((grant) => goneRoles.includes(grant.role) || isRevoked(grant));
  const joined = missing(source.members, target.members, keyOfMembership).filter(({ user }) =>
    target.users.includes(user),
  );
  return [
    ...left.map((membership) => ({ kind: "remove-from-role", membership }) as const),
    ...revoked.map((grant) => ({ kind: "revoke", grant }) as const),
    ...goneRoles.map((role) => ({ kind: "drop-role", role }) as const),
    ...missing(source.roles, target.roles, String).map((role) => ({ kind: "create-role", role }) as const),
    ...missing(source.grants, target.grants, keyOfGrant).map((grant) => ({ kind: "grant", grant }) as const),
    ...joined.map((membership) => ({ kind: "add-to-role", membership }) as const),
  ];
}

/** Users that cannot be made on the target: no API gives a password. */
export function missingUsers(source: AccessControl, target: AccessControl): string[] {
  return missing(source.users, target.users, String);
}

/** Everything of both. */
export function unitedAccess(a: AccessControl, b: AccessControl): AccessControl {
  return {
    roles: [...a.roles, ...missing(b.roles, a.roles, String)],
    users: [...a.users, ...missing(b.users, a.users, String)],
    grants: [...a.grants, ...missing(b.grants, a.grants, keyOfGrant)],
    members: [...a.members, ...missing(b.members, a.members, keyOfMembership)],
  };
}

export function isSameAccess(a: AccessControl, b: AccessControl): boolean {
  return (
    isSameSet(a.roles, b.roles, String) &&
    isSameSet(a.users, b.users, String) &&
    isSameSet(a.grants, b.grants, keyOfGrant) &&
    isSameSet(a.members, b.members, keyOfMembership)
  );
}

/** Equal for equal grants, and for no others. */
export function keyOfGrant({ role, objectType, objectName, privilege, database }: Grant): string {
  return JSON.stringify([role, objectType, objectName, privilege, database]);
}

function keyOfMembership({ user, role }: Membership): string {
  return JSON.stringify([user, role]);
}

function missing<T>(wanted: readonly T[], there: readonly T[], keyOf: (item: T) => string): T[] {
  const keys = new Set(there.map(keyOf));
  return wanted.filter((item) => !keys.has(keyOf(item)));
}

/** What the source had, and has no more. */
function takenBack<T>(
  source: readonly T[],
  known: readonly T[],
  keyOf: (item: T) => string,
): (item: T) => boolean {
  const keys = new Set(missing(known, source, keyOf).map(keyOf));
  return (item) => keys.has(keyOf(item));
}

function isSameSet<T>(a: readonly T[], b: readonly T[], keyOf: (item: T) => string): boolean {
  return missing(a, b, keyOf).length === 0 && missing(b, a, keyOf).length === 0;
}
