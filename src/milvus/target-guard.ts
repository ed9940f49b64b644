import { realpathSync } from "node:fs";
import { isIP } from "node:net";
import { sep } from "node:path";
import { CdcError } from "../model/errors.js";
import type { MilvusAddress, MilvusTls } from "../model/milvus-address.js";
import { targetAddress } from "../model/target-address.js";
import type { TargetPattern, TargetRules } from "../model/target-rules.js";
import type { ConnectParam } from "../model/task.js";
import { isAllowedAddress } from "./checked-names.js";

const NOT_ALLOWED = "is not allowed as a target; the operator says in targets.allow which are";

/** Keeps who creates tasks from making the service call, or read, what is no business of theirs. */
export class TargetGuard {
  readonly #rules: TargetRules;

  constructor(rules: TargetRules) {
    this.#rules = rules;
  }

  /**
   * Where a task's target is. What its name leads to is looked at when it is connected.
   *
   * @throws CdcError INVALID_ARGUMENT naming the field at fault
   */
  addressOf(param: ConnectParam): MilvusAddress {
    const address = targetAddress(param);
    const at = address.endpoint.lastIndexOf(":");
    const host = address.endpoint
      .slice(0, at)
      .replace(/^\[(.*)\]$/, "$1")
      .replace(/\.$/, "")
      .toLowerCase();
    const port = Number(address.endpoint.slice(at + 1));
    const patterns = this.#rules.allow.filter(
      (pattern) => pattern.port === undefined || pattern.port === port,
    );
    const networks = patterns.flatMap((pattern) => (pattern.kind === "network" ? [pattern.network] : []));
    const isNamed = this.#rules.allow.length === 0 || patterns.some((pattern) => isNameOf(host, pattern));
    const within = isNamed ? undefined : networks;
    const isRefused = isIP(host) === 0 ? within?.length === 0 : !isAllowedAddress(host, within ?? null);
    const field = param.uri === undefined ? "milvus_connect_param.host" : "milvus_connect_param.uri";
    if (isRefused) throw new CdcError("INVALID_ARGUMENT", `${host}:${port} ${NOT_ALLOWED}`, { field });
    return { ...address, tls: address.tls && this.#confined(address.tls), names: { within } };
  }

  #confined(tls: MilvusTls): MilvusTls {
    return {
      serverName: tls.serverName,
      caPath: this.#pathOf(tls.caPath),
      certPath: this.#pathOf(tls.certPath),
      keyPath: this.#pathOf(tls.keyPath),
    };
  }

  /** The file itself: a link in the folder may lead out of it. Whether others exist is not told. */
  #pathOf(path: string | undefined): string | undefined {
    if (path === undefined) return undefined;
    const { tlsFolder } = this.#rules;
    const field = "milvus_connect_param.dial_config";
    if (tlsFolder === undefined) {
      const fault =
        "names files, and none are read unless the operator names their folder in targets.tls_folder";
      throw new CdcError("INVALID_ARGUMENT", fault, { field });
    }
    const real = realPath(path);
    if (real !== undefined && real.startsWith(`${realPath(tlsFolder) ?? tlsFolder}${sep}`)) return real;
    throw new CdcError("INVALID_ARGUMENT", "names a file that is not in the folder targets.tls_folder", {
      field,
    });
  }
}

function isNameOf(host: string, pattern: TargetPattern): boolean {
  if (pattern.kind !== "name") return false;
  return pattern.name.startsWith("*.") ? host.endsWith(pattern.name.slice(1)) : host === pattern.name;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
