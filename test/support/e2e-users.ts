import { MilvusClient, OperatePrivilegeType, promisify, type ResStatus } from "@zilliz/milvus2-sdk-node";
import type { MilvusServer } from "../../src/sandbox/milvus.js";
import type { Grant } from "../../src/model/access-control.js";
import { check } from "./e2e-load.js";

const PASSWORD = "a-password";

export interface User {
  readonly username: string;
  readonly password: string;
}

export const ROOT_USER: User = { username: "root", password: "Milvus" };

export function connectAs({ uri }: MilvusServer, user: User): MilvusClient {
  const address = uri.replace("http://", "");
  return new MilvusClient({ address, ...user, maxRetries: 0, telemetry: { enabled: false } });
}

export async function createUser(admin: MilvusClient, username: string): Promise<User> {
  check(await admin.createUser({ username, password: PASSWORD }));
  return { username, password: PASSWORD };
}

/** The user's own role. */
export function roleOf({ username }: Pick<User, "username">): string {
  return `role_of_${username}`;
}

/** A user who may do what the grants of `roleOf` say, and what everybody may. */
export async function createUserWith(
  admin: MilvusClient,
  username: string,
  grants: readonly Grant[],
): Promise<User> {
  const user = await createUser(admin, username);
  check(await admin.createRole({ roleName: roleOf(user) }));
  for (const one of grants) await operate(admin, one, "Grant");
  check(await admin.addUserToRole({ username, roleName: roleOf(user) }));
  return user;
}

/**
 * The SDK's own methods cannot name the database.
 *
 * A Milvus answers before its proxies know: for some milliseconds more they allow or deny as before.
 */
export async function operate(
  admin: MilvusClient,
  { role, objectType, objectName, privilege, database }: Grant,
  type: keyof typeof OperatePrivilegeType,
): Promise<void> {
  await admin.connectPromise;
  const entity = {
    role: { name: role },
    object: { name: objectType },
    object_name: objectName,
    grantor: { privilege: { name: privilege } },
    db_name: database,
  };
  const request = { entity, type: OperatePrivilegeType[type] };
  check((await promisify(admin.channelPool, "OperatePrivilege", request, 10_000)) as ResStatus);
}
