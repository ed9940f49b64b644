import { METHOD_PATH, pathOf, type HttpRequest } from "../http-exchange.js";

/** Why somebody is turned away at the door, before anything is done for them. */
export const REFUSAL_REASONS = [
  "credentials_missing",
  "credentials_malformed",
  "token_unknown",
  /** Its authority is known, and no rule names it. */
  "certificate_unknown",
  /** None was shown, or it is expired, or of another authority: no connection came about. */
  "certificate_refused",
  /** They are known, and what they ask for takes another role. */
  "role",
  /** A stream that had begun, of credentials that were taken away. */
  "revoked",
  "rate",
  "requests_open",
  "connections_open",
  "other_site",
  "other_name",
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** By what they came; `none` when it was not told yet. */
export const PROTOCOLS = ["grpc", "grpc-web", "connect", "cdc", "http", "none"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Nothing in it is what somebody only says of themselves. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly protocol: Protocol;
  /** An address; of whom stands between, where somebody does. */
  readonly from?: string | undefined;
  readonly who?: string | undefined;
  /** OpenSSL's name of what is wrong with a certificate. */
  readonly fault?: string | undefined;
}

export type OnRefused = (refusal: Refusal) => void;

export function protocolOf(request: HttpRequest): Protocol {
  const type = request.headers["content-type"] ?? "";
  const path = pathOf(request);
  if (path === "/cdc") return "cdc";
  if (!METHOD_PATH.test(path)) return "http";
  if (type.startsWith("application/grpc-web")) return "grpc-web";
  return type.startsWith("application/grpc") ? "grpc" : "connect";
}

export function addressOf(request: HttpRequest): string | undefined {
  const socket = "stream" in request ? request.stream.session?.socket : request.socket;
  return socket?.remoteAddress;
}
