import { createHash } from "node:crypto";
import { isIPv4 } from "node:net";
import { ROLES, type AuthRules, type CertificateRule, type TokenRule } from "../model/caller.js";
import type { ListenConfig } from "./config.js";
import { boolean, integer, oneOf, sha256Hex, text } from "./kinds.js";
import type { Section } from "./section.js";

const MAX_REQUESTS_PER_SECOND = 100;
/** A hash without salt keeps only what nobody can guess: this many letters, as `milvus-cdc token` makes them. */
const MIN_TOKEN_LENGTH = 32;

/** `auth` */
export function readAuth(section: Section): AuthRules {
  const tokens = section.list("tokens", readToken);
  const certificates = section.list("certificates", readCertificate);
  const allowAnonymous = section.optional("allow_anonymous", boolean) ?? false;
  const isClosed = tokens.length + certificates.length > 0;
  if (isClosed && allowAnonymous)
    section.fault("allow_anonymous", "given beside tokens or certificates, which it would make useless");
  if (!isClosed && !allowAnonymous)
    section.fault("tokens", "missing, expected tokens, certificates, or allow_anonymous: true");
  faultTwice(section, "tokens", tokens);
  faultTwice(section, "certificates", certificates);
  return {
    tokens,
    certificates,
    allowAnonymous,
    openMetrics: section.optional("open_metrics", boolean) ?? false,
    maxRequestsPerSecond:
      section.optional("max_requests_per_second", integer("requests", 1, 1_000_000)) ??
      MAX_REQUESTS_PER_SECOND,
  };
}

/** Without anybody being asked who they are, only this machine may reach the service, unless an operator says otherwise. */
export function faultOpenListen(
  { host, tls }: ListenConfig,
  auth: AuthRules | undefined,
  fault: (key: string, problem: string) => void,
): void {
  // one that is no text has its own fault
  if (auth === undefined && host !== "" && !isLoopback(host))
    fault(
      "listen.host",
      `${host} can be reached from other machines, and callers are not asked who they are; ` +
        "give auth.tokens, or auth.allow_anonymous: true where something in front of the service asks them, or listen on 127.0.0.1",
    );
  if ((auth?.certificates.length ?? 0) > 0 && tls?.caPath === undefined)
    fault("auth.certificates", "given without listen.tls.ca_path, so no client shows a certificate");
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

function readToken(section: Section): TokenRule {
  const caller = readCaller(section);
  const hash = section.optional("sha256", sha256Hex);
  const token = section.secretOfFile("token_file");
  if ((hash === undefined) === (token === undefined))
    section.fault("sha256", "expected one of sha256 and token_file; `milvus-cdc token` makes both");
  if (token !== undefined && token.length < MIN_TOKEN_LENGTH)
    section.fault("token_file", `a token of less than ${MIN_TOKEN_LENGTH} letters; use \`milvus-cdc token\``);
  return {
    ...caller,
    sha256:
      hash ??
      createHash("sha256")
        .update(token ?? "")
        .digest("hex"),
  };
}

function readCertificate(section: Section): CertificateRule {
  return { ...readCaller(section), subject: section.required("subject", text) };
}

function readCaller(section: Section) {
  return { name: section.required("name", text), role: section.required("role", oneOf(...ROLES)) };
}

/** Two of one name could not be told apart in the audit log. */
function faultTwice(section: Section, key: string, all: readonly { readonly name: string }[]): void {
  const names = all.map(({ name }) => name);
  const twice = names.find((name, at) => name !== "" && names.indexOf(name) !== at);
  if (twice !== undefined) section.fault(key, `two are named ${twice}`);
}
