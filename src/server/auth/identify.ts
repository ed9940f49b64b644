import { createHash, timingSafeEqual } from "node:crypto";
import type { AuthRules, Caller, TokenRule } from "../../model/caller.js";
import type { HttpRequest } from "../http-exchange.js";
import type { RefusalReason } from "../refusals/refusal.js";
import { certificateNames } from "./client-certificate.js";

/** Who sends a request, or why that is not known, in words for the sender. */
export type Identity =
  | { readonly caller: Caller }
  | {
      readonly refusal: string;
      readonly reason: RefusalReason;
      /** Names in a certificate whose authority is known. */
      readonly who?: string | undefined;
    };

const ANYBODY: Identity = { caller: { name: "anonymous", role: "admin" } };
const BEARER = /^bearer +([\w~+/.-]+=*) *$/i;
/** Longer ones are none of ours, and hashing them would be work for nothing. */
const MAX_TOKEN_LENGTH = 1_024;
/** Of the names in a certificate, for the log. */
const MAX_WHO_LENGTH = 200;

/**
 * Finds out who sends a request. A token that is shown is decisive, also beside a certificate: somebody who shows a
 * wrong one is not let in by another way.
 *
 * @param rules - undefined when nobody is asked
 */
export function identify(request: HttpRequest, rules: AuthRules | undefined): Identity {
  if (rules === undefined || rules.allowAnonymous) return ANYBODY;
  const shown = shownCredentials(request);
  if (shown.length > 1) return malformed("credentials are given more than once");
  if (shown[0] !== undefined) return ofToken(shown[0], rules.tokens);
  const names = certificateNames(request);
  const rule = rules.certificates.find(
    ({ subject }) => names !== undefined && (subject === "*" || names.includes(subject)),
  );
  if (rule !== undefined) return { caller: rule };
  const refusal = "send authorization: Bearer and a token of this service";
  return names === undefined
    ? { refusal, reason: "credentials_missing" }
    : { refusal, reason: "certificate_unknown", who: names.join(", ").slice(0, MAX_WHO_LENGTH) };
}

/** Of all lines: Node keeps the first of several, and what stands before the service may have looked at the last. */
function shownCredentials({ rawHeaders }: HttpRequest): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === "authorization");
}

function ofToken(header: string, rules: readonly TokenRule[]): Identity {
  const token = BEARER.exec(header)?.[1];
  if (token === undefined || token.length > MAX_TOKEN_LENGTH)
    return malformed("the credentials are no bearer token; send authorization: Bearer and a token");
  const hash = createHash("sha256").update(token).digest();
  // all of them, so that the time tells nothing
  const [rule] = rules.filter(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, "hex"), hash));
  return rule === undefined
    ? { refusal: "the token is not known here", reason: "token_unknown" }
    : { caller: rule };
}

function malformed(refusal: string): Identity {
  return { refusal, reason: "credentials_malformed" };
}
