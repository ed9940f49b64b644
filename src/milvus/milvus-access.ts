import type { OperatePrivilegeType } from "@zilliz/milvus2-sdk-node";
import { untilAborted } from "../async/abort.js";
import { inParallel } from "../async/in-parallel.js";
import { keyOfGrant, type AccessControl, type AccessStep, type Grant } from "../model/access-control.js";
import { ADMIN, EVERYBODY } from "../model/access-selection.js";
import { CdcError } from "../model/errors.js";
import type { MilvusAddress } from "../model/milvus-address.js";
import { ALL, DEFAULT_DATABASE } from "../model/selection.js";
import type { MilvusSide } from "./milvus-errors.js";
import type { SdkCall } from "./sdk.js";
import type { SdkClients } from "./sdk-clients.js";
import { SdkConnection } from "./sdk-connection.js";
import type { SdkStatus } from "./sdk-status.js";

/** A server answers for one role and one database at a time. */
const READ_AT_ONCE = 4;

/** Roles, their members and grants of one Milvus: what `SourceAccess` and `TargetAccess` ask for. */
export class MilvusAccess implements AsyncDisposable {
  readonly #connection: SdkConnection;
  readonly #hasCredentials: boolean;

  constructor(side: MilvusSide, address: MilvusAddress, clients: SdkClients) {
    this.#connection = new SdkConnection(side, address, clients);
    this.#hasCredentials = address.token !== undefined || address.username !== undefined;
  }

  listDatabases(signal: AbortSignal): Promise<readonly string[]> {
    const asked = this.#connection.ask("ListDatabases", (client) => client.listDatabases());
    return untilAborted(
      asked.then(({ db_names }) => db_names),
      signal,
    );
  }

  /** Needs the privilege SelectOwnership. Grants of the role `admin` are not read. */
  async read(databases: readonly string[], signal: AbortSignal): Promise<AccessControl> {
    const [{ usernames }, { results }] = await untilAborted(
      Promise.all([
        this.#connection.ask("ListCredUsers", (client) => client.listUsers()),
        this.#connection.ask("SelectRole", (client) => client.listRoles()),
      ]),
      signal,
    );
    const roles = results.map(({ role }) => role.name);
    return {
      roles,
      users: usernames,
      grants: await this.#readGrants(
        roles.filter((role) => role !== ADMIN),
        databases,
        signal,
      ),
      members: results.flatMap(({ role, users }) =>
        users.map((user) => ({ user: user.name, role: role.name })),
      ),
    };
  }

  /** Roles of a user, and what they and everybody are granted in the default database. A user may ask that of itself. */
  async readUser(user: string, signal: AbortSignal): Promise<Pick<AccessControl, "roles" | "grants">> {
    const asked = this.#connection.ask("SelectUser", (client) => client.describeUser({ username: user }));
    const { results } = await untilAborted(asked, signal);
    const roles = results.flatMap((one) => one.roles.map(({ name }) => name));
    const granted = [...new Set([...roles.filter((role) => role !== ADMIN), EVERYBODY])];
    return { roles, grants: await this.#readGrants(granted, [DEFAULT_DATABASE], signal) };
  }

  /** Needs the privileges CreateOwnership, DropOwnership and ManageOwnership. */
  takeStep(step: AccessStep, signal: AbortSignal): Promise<void> {
    return untilAborted(this.#takeStep(step), signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection.close();
  }

  async #readGrants(
    roles: readonly string[],
    databases: readonly string[],
    signal: AbortSignal,
  ): Promise<Grant[]> {
    // each answer also has the grants of every database
    const grants = new Map<string, Grant>();
    const places = roles.flatMap((role) => databases.map((database) => ({ role, database })));
    await inParallel(places, READ_AT_ONCE, async ({ role, database }) => {
      for (const grant of await untilAborted(this.#listGrants(role, database), signal)) {
        if (grant.database === ALL || databases.includes(grant.database))
          grants.set(keyOfGrant(grant), grant);
      }
    });
    return [...grants.values()];
  }

  async #listGrants(role: string, database: string): Promise<Grant[]> {
    const { entities } = await this.#connection.ask("SelectGrant", (client) =>
      client.listGrants({ roleName: role, db_name: database }),
    );
    return entities.map(({ object, object_name, grantor, db_name }) => ({
      role,
      objectType: object.name,
      objectName: object_name,
      privilege: grantor.privilege.name,
      // a server without databases names none
      database: db_name || DEFAULT_DATABASE,
    }));
  }

  async #takeStep(step: AccessStep): Promise<void> {
    switch (step.kind) {
      case "create-role":
        return this.#connection.do("CreateRole", (client) => client.createRole({ roleName: step.role }));
      case "drop-role":
        return this.#connection.do("DropRole", (client) => client.dropRole({ roleName: step.role }));
      case "grant":
        return this.#operatePrivilege(step.grant, "Grant");
      case "revoke":
        return this.#operatePrivilege(step.grant, "Revoke");
      case "add-to-role":
        return this.#connection.do("OperateUserRole", (client) => client.addUserToRole(named(step)));
      case "remove-from-role":
        return this.#connection.do("OperateUserRole", (client) => client.removeUserFromRole(named(step)));
    }
  }

  /** Milvus notes who grants, so a caller without a name is refused even where names are not checked. */
  async #operatePrivilege(grant: Grant, type: keyof typeof OperatePrivilegeType): Promise<void> {
    try {
      await this.#connection.do("OperatePrivilege", operatePrivilege(grant, type));
    } catch (error) {
      const known = CdcError.from(error);
      if (this.#hasCredentials || known.code !== "TARGET_NOT_READY") throw known;
      const message = `${known.message}; a Milvus takes grants only from a caller with credentials`;
      throw new CdcError("TARGET_UNAUTHENTICATED", message, { cause: known });
    }
  }
}

/** The SDK's own method cannot name the database. */
function operatePrivilege(
  { role, objectType, objectName, privilege, database }: Grant,
  type: keyof typeof OperatePrivilegeType,
): SdkCall<SdkStatus> {
  const entity = {
    role: { name: role },
    object: { name: objectType },
    object_name: objectName,
    grantor: { privilege: { name: privilege } },
    db_name: database,
  };
  return async ({ channelPool, timeout }, { promisify, OperatePrivilegeType: types }) => {
    const answer: unknown = await promisify(
      channelPool,
      "OperatePrivilege",
      { entity, type: types[type] },
      timeout,
    );
    return answer as SdkStatus;
  };
}

function named({ membership: { user, role } }: Extract<AccessStep, { membership: unknown }>): {
  username: string;
  roleName: string;
} {
  return { username: user, roleName: role };
}
