import { isIP } from "node:net";
import type { Network, TargetPattern, TargetRules } from "../model/target-rules.js";
import { directory, texts } from "./kinds.js";
import type { Section } from "./section.js";

/** `targets` */
export function readTargets(section: Section): TargetRules {
  const allow = (section.optional("allow", texts) ?? []).flatMap((text) => {
    const pattern = patternOf(text);
    if (pattern === undefined)
      section.fault(
        "allow",
        `${text} is no target, expected a name, *.name, an address or a network as 10.0.0.0/8, with or without :port`,
      );
    return pattern === undefined ? [] : [pattern];
  });
  return { allow, tlsFolder: section.optional("tls_folder", directory) };
}

function patternOf(text: string): TargetPattern | undefined {
  const { what = "", port } = partsOf(text) ?? {};
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  const at = port === undefined ? {} : { port };
  const network = networkOf(what);
  if (network !== undefined) return { kind: "network", network, ...at };
  return NAME.test(what) ? { kind: "name", name: what.toLowerCase(), ...at } : undefined;
}

/** Letters somewhere: an address with a fault in it is no name. */
const NAME = /^(?:\*\.)?(?=.*[a-z])[a-z\d_-]+(?:\.[a-z\d_-]+)*$/i;

/** IPv6 has a port behind brackets only. */
function partsOf(text: string): { what: string; port?: number } | undefined {
  if (isIP(text.split("/", 1)[0] ?? "") === 6) return { what: text };
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const what = bracketed ?? plain;
  return what === undefined ? undefined : { what, ...(port !== undefined && { port: Number(port) }) };
}

function networkOf(text: string): Network | undefined {
  const [address = "", prefix] = text.split("/");
  const family = isIP(address);
  if (family === 0) return undefined;
  const most = family === 4 ? 32 : 128;
  const length = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : most + 1;
  return length > most ? undefined : { address, prefix: length, family: family === 4 ? "ipv4" : "ipv6" };
}
