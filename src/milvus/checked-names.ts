import { experimental, status, Metadata, type ChannelOptions } from "@grpc/grpc-js";
import type { MilvusAddress } from "../model/milvus-address.js";
import type { Network } from "../model/target-rules.js";
import { isWithin, NEVER_A_TARGET } from "./networks.js";

type Resolver = experimental.Resolver;
type Listener = experimental.ResolverListener;
type Target = Parameters<typeof experimental.createResolver>[0];

const SCHEME = "checked";
const OPTION = "milvus-cdc.networks";

/**
 * What gRPC is told of an address. Where its name leads to is looked at each time that it is resolved: looking before
 * connecting would not do, as gRPC asks again by itself, and a name server may answer something else then.
 */
export function grpcTarget({ endpoint, names }: MilvusAddress): { target: string; options: ChannelOptions } {
  if (names === undefined) return { target: endpoint, options: {} };
  experimental.registerResolver(SCHEME, CheckedResolver);
  return { target: `${SCHEME}:${endpoint}`, options: { [OPTION]: JSON.stringify(names.within ?? null) } };
}

class CheckedResolver implements Resolver {
  readonly #dns: Resolver;

  static getDefaultAuthority({ path }: Target): string {
    return path;
  }

  constructor({ path }: Target, listener: Listener, options: ChannelOptions) {
    const within = JSON.parse(String(options[OPTION])) as readonly Network[] | null;
    const checked: Listener = (found, ...rest) => {
      const refused = found.ok ? firstRefused(found.value, within) : undefined;
      if (refused === undefined) return listener(found, ...rest);
      const details = `its name leads to ${refused}, where no target is allowed`;
      const error = { code: status.UNAVAILABLE, details, metadata: new Metadata() };
      return listener(experimental.statusOrFromError(error), ...rest);
    };
    this.#dns = experimental.createResolver({ scheme: "dns", path }, checked, options);
  }

  updateResolution(): void {
    this.#dns.updateResolution();
  }

  destroy(): void {
    this.#dns.destroy();
  }
}

type Found = Extract<Parameters<Listener>[0], { ok: true }>["value"];

/** One is enough: which of a name's addresses is taken is not ours to say. */
function firstRefused(found: Found, within: readonly Network[] | null): string | undefined {
  const hosts = found.flatMap(({ addresses }) =>
    addresses.map((address) => ("host" in address ? address.host : "a path")),
  );
  return hosts.find((host) => !isAllowedAddress(host, within));
}

/** @param within - anywhere when null */
export function isAllowedAddress(host: string, within: readonly Network[] | null): boolean {
  return !isWithin(host, NEVER_A_TARGET) && (within === null || isWithin(host, within));
}
