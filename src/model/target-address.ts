import { CdcError } from "./errors.js";
import type { MilvusAddress, MilvusTls } from "./milvus-address.js";
import { parseMilvusUri } from "./milvus-uri.js";
import type { ConnectParam } from "./task.js";

const DEFAULT_CONNECT_TIMEOUT_S = 10;

/**
 * Where a task's target is, from what the user gave.
 *
 * @throws CdcError INVALID_ARGUMENT naming the field at fault
 */
export function targetAddress(param: ConnectParam): MilvusAddress {
  const { endpoint, useTls, token } = endpointOf(param);
  return {
    endpoint,
    token: param.token ?? token,
    username: param.username,
    password: param.password,
    tls: useTls || param.dialConfig !== undefined ? tlsOf(param) : undefined,
    connectTimeoutMs: (param.connectTimeoutSeconds || DEFAULT_CONNECT_TIMEOUT_S) * 1000,
  };
}

function endpointOf({ uri, host, port, enableTls }: ConnectParam): {
  endpoint: string;
  useTls: boolean;
  token?: string | undefined;
} {
  if (uri === undefined)
    return { endpoint: `${bracketed(host ?? "")}:${port ?? 0}`, useTls: enableTls ?? false };
  try {
    const parsed = parseMilvusUri(uri);
    return { ...parsed, useTls: parsed.useTls || (enableTls ?? false) };
  } catch (error) {
    throw new CdcError("INVALID_ARGUMENT", CdcError.from(error).message, {
      cause: error,
      field: "milvus_connect_param.uri",
    });
  }
}

/** An IPv6 address needs brackets before a port. */
function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

/** `server_pem_path` is the certificate that the server shows, which then is its own authority. */
function tlsOf({ dialConfig }: ConnectParam): MilvusTls {
  return {
    serverName: dialConfig?.serverName,
    caPath: dialConfig?.caPemPath ?? dialConfig?.serverPemPath,
    certPath: dialConfig?.clientPemPath,
    keyPath: dialConfig?.clientKeyPath,
  };
}
