/** Which targets tasks may have, as an operator has said. */
export interface TargetRules {
  /** Empty when every target is allowed, but for those that never are. */
  readonly allow: readonly TargetPattern[];
  /** The folder of the files that `dial_config` may name; none is read when it is absent. */
  readonly tlsFolder?: string | undefined;
}

export type TargetPattern =
  | {
      readonly kind: "name";
      /** `*.example.com`, or a whole name. */ readonly name: string;
      readonly port?: number;
    }
  | { readonly kind: "network"; readonly network: Network; readonly port?: number };

/** Addresses with a common beginning. */
export interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}
