import { CdcError } from "./errors.js";

/** What a Milvus uri says. */
export interface MilvusUri {
  /** `host:port`; an IPv6 host is in brackets. */
  readonly endpoint: string;
  /** Whether the connection is encrypted: the scheme is `https`. */
  readonly useTls: boolean;
  /** The uri's userinfo, decoded: `user:password` or an API key. A secret. */
  readonly token?: string | undefined;
}

const DEFAULT_PORT = "19530";
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const SCHEMES: readonly string[] = ["http", "https", "tcp"];

/**
 * Reads `http://host:port`, `https://…`, `tcp://…` or a bare `host:port`. The
 * port is 19530 unless given, whatever the scheme.
 *
 * @throws CdcError INVALID_ARGUMENT; its message never shows a uri that may hold a password.
 */
export function parseMilvusUri(uri: string): MilvusUri {
  const trimmed = uri.trim();
  const scheme = SCHEME.exec(trimmed)?.[1]?.toLowerCase() ?? "http";
  if (!SCHEMES.includes(scheme)) throw invalid(uri, `its scheme is ${scheme}`);

  const url = parseAuthority(uri, trimmed.replace(SCHEME, ""));
  if (url.hostname === "") throw invalid(uri, "it has no host");
  if (url.port === "0") throw invalid(uri, "its port is 0");
  if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "") {
    throw invalid(uri, "something follows the port");
  }
  return {
    endpoint: `${url.hostname}:${url.port || DEFAULT_PORT}`,
    useTls: scheme === "https",
    token: userinfo(uri, url),
  };
}

/** Under a scheme that URL does not know, since it forgets port 80 of http and 443 of https. */
function parseAuthority(uri: string, authority: string): URL {
  try {
    return new URL(`milvus://${authority}`);
  } catch {
    // URL's own error repeats its input, which may hold a password.
    throw invalid(uri, "its host or port is malformed");
  }
}

function userinfo(uri: string, { username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  try {
    const parts = password === "" ? [username] : [username, password];
    return parts.map(decodeURIComponent).join(":");
  } catch {
    throw invalid(uri, "its user or password has a % that encodes nothing, write %25");
  }
}

function invalid(uri: string, why: string): CdcError {
  const shown = uri.includes("@") ? "the uri (not shown, it holds credentials)" : `"${uri}"`;
  return new CdcError(
    "INVALID_ARGUMENT",
    `${shown} is no Milvus address, ${why}; expected http://host:port, https://host:port or host:port`,
  );
}
