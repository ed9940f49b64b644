import { ADMIN, ROOT } from "../model/access-selection.js";
import { CdcError, type ErrorCode } from "../model/errors.js";
import type { MilvusAddress } from "../model/milvus-address.js";
import type { HeldRights } from "../model/rights.js";
import { MilvusAccess } from "./milvus-access.js";
import type { MilvusSide } from "./milvus-errors.js";
import { MilvusRpc } from "./milvus-rpc.js";
import type { SdkClients } from "./sdk-clients.js";

const ANSWER_WITHIN_MS = 10_000;
/** Other versions take other privileges, and have groups of them. */
const KNOWN = /^v?2\.3\./;
const DENIED: readonly ErrorCode[] = ["SOURCE_UNAUTHENTICATED", "TARGET_UNAUTHENTICATED"];

/** What the user of an address may do there. A server that does not tell is an answer, not an error. */
export async function readHeldRights(
  side: MilvusSide,
  address: MilvusAddress,
  clients: SdkClients,
  signal: AbortSignal,
): Promise<HeldRights> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  try {
    return (await asksNobody(side, address, limit))
      ? { kind: "all" }
      : await ofUser(side, address, clients, limit);
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) return unknown(`no answer within ${ANSWER_WITHIN_MS / 1_000} s`);
    return unknown(CdcError.from(error).message);
  }
}

/** Whether it answers without credentials. With some, one that does not look at them answers alike. */
async function asksNobody(side: MilvusSide, address: MilvusAddress, signal: AbortSignal): Promise<boolean> {
  const nameless = { ...address, token: undefined, username: undefined, password: undefined };
  try {
    await versionOf(side, nameless, signal);
    return true;
  } catch (error) {
    if (error instanceof CdcError && DENIED.includes(error.code)) return false;
    throw error;
  }
}

async function ofUser(
  side: MilvusSide,
  address: MilvusAddress,
  clients: SdkClients,
  signal: AbortSignal,
): Promise<HeldRights> {
  const user = userOf(address);
  if (user === undefined) return unknown("a token does not tell whose it is");
  if (user === ROOT) return { kind: "all" };
  const version = await versionOf(side, address, signal);
  if (!KNOWN.test(version))
    return unknown(`only the privileges of Milvus 2.3 are known, and it is ${version}`);
  await using access = new MilvusAccess(side, address, clients);
  const { roles, grants } = await access.readUser(user, signal);
  return roles.includes(ADMIN) ? { kind: "all" } : { kind: "granted", grants };
}

async function versionOf(side: MilvusSide, address: MilvusAddress, signal: AbortSignal): Promise<string> {
  const rpc = new MilvusRpc(side, address);
  try {
    return await rpc.getVersion(signal);
  } finally {
    rpc.close();
  }
}

function userOf({ token, username }: MilvusAddress): string | undefined {
  if (token === undefined || token === "") return username === "" ? undefined : username;
  const [user, ...rest] = token.split(":");
  return rest.length > 0 ? user : undefined;
}

function unknown(because: string): HeldRights {
  return { kind: "unknown", because };
}
