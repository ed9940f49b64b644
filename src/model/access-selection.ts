import { keyOfGrant, type AccessControl, type Grant } from "./access-control.js";
import { mapCollection, mapDatabase, type NameMapping } from "./name-mapping.js";
import { ALL, DEFAULT_DATABASE, hasSelected, isSelected, type Selection } from "./selection.js";

/** What of a source's access control a task replicates, and under which names. */
export interface AccessScope extends Selection {
  readonly nameMappings: readonly NameMapping[];
}

/** Every server has them. What `admin` is granted says nothing: it may do everything. */
export const ADMIN = "admin";
/** Of which everybody is a member. */
export const EVERYBODY = "public";
const BUILT_IN_ROLES = [ADMIN, EVERYBODY];
/** The user who may do everything. */
export const ROOT = "root";

/**
 * What a target is to have: all roles and members, and the grants on what the
 * task replicates, under the target's names. Built-in roles are there already:
 * what `public` is granted and who is a member is taken, what `admin` is
 * granted and everything of `root` is left alone.
 */
export function selectAccess(source: AccessControl, scope: AccessScope): AccessControl {
  const grants = source.grants
    .filter((grant) => grant.role !== ADMIN && isGrantSelected(scope, grant))
    .map((grant) => ({ ...grant, ...mapObject(scope, grant) }));
  return {
    roles: source.roles.filter((role) => !BUILT_IN_ROLES.includes(role)),
    users: source.users.filter((user) => user !== ROOT),
    // two objects can have one name on the target
    grants: [...new Map(grants.map((grant) => [keyOfGrant(grant), grant])).values()],
    members: source.members.filter(({ user }) => user !== ROOT),
  };
}

/** Whether grants in a database are of interest; cluster-wide ones are kept in the default database. */
export function isAccessDatabase(selection: Selection, database: string): boolean {
  return database === DEFAULT_DATABASE || hasSelected(selection, database);
}

/** A grant on every collection of a database is taken when the task replicates any of them. */
function isGrantSelected(selection: Selection, { objectType, objectName, database }: Grant): boolean {
  if (objectType !== "Collection") return database === ALL || isAccessDatabase(selection, database);
  if (objectName !== ALL) return isSelected(selection, { database, name: objectName });
  return database === ALL || hasSelected(selection, database);
}

function mapObject(
  { nameMappings }: AccessScope,
  { objectType, objectName, database }: Grant,
): Pick<Grant, "database" | "objectName"> {
  if (objectType !== "Collection" || objectName === ALL)
    return { database: mapDatabase(nameMappings, database), objectName };
  const mapped = mapCollection(nameMappings, { database, name: objectName });
  return { database: mapped.database, objectName: mapped.name };
}
