/** What callers may do, each more than the one before. */
export const ROLES = ["reader", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Who sends a request. */
export interface Caller {
  /** As the configuration names them; it is in the audit log. */
  readonly name: string;
  readonly role: Role;
}

/** Whom the service answers. */
export interface AuthRules {
  readonly tokens: readonly TokenRule[];
  readonly certificates: readonly CertificateRule[];
  /** Everybody who reaches the service is an admin. */
  readonly allowAnonymous: boolean;
  /** Whether `/metrics` is for everybody. */
  readonly openMetrics: boolean;
  /** Of each caller; twice as many may come at once. */
  readonly maxRequestsPerSecond: number;
}

export interface TokenRule extends Caller {
  /** Of the token, 64 hex digits. The token itself is nowhere. */
  readonly sha256: string;
}

export interface CertificateRule extends Caller {
  /** Common name or alternative name of a client's certificate; `*` is every one that the authority has signed. */
  readonly subject: string;
}

export function hasRole(caller: Caller, needed: Role): boolean {
  return ROLES.indexOf(caller.role) >= ROLES.indexOf(needed);
}
