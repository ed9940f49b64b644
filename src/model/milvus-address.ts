import type { Network } from "./target-rules.js";

/** How a Milvus is reached. Secrets live here and nowhere else; never log it. */
export interface MilvusAddress {
  /** `host:port`. */
  readonly endpoint: string;
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Present when the connection is encrypted. */
  readonly tls?: MilvusTls | undefined;
  readonly connectTimeoutMs: number;
  /** Present when it is looked at where its name leads to: into one of the networks, or anywhere but where no target is. */
  readonly names?: { readonly within: readonly Network[] | undefined } | undefined;
}

/** Paths of PEM files; without any, the system's certificates and the address's name are used. */
export interface MilvusTls {
  readonly serverName?: string | undefined;
  readonly caPath?: string | undefined;
  readonly certPath?: string | undefined;
  readonly keyPath?: string | undefined;
}
