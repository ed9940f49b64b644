import { Code, ConnectError, type ContextValues } from "@connectrpc/connect";
import { RetryInfoSchema } from "#gen/google/rpc/error_details_pb.js";
import type { AuthRules, Caller } from "../../model/caller.js";
import { pathOf, type HttpHandler, type HttpRequest } from "../http-exchange.js";
import { refuse } from "../refuse.js";
import { contextOf } from "./caller-key.js";
import { identify } from "./identify.js";
import { isRebound } from "./rebound-host.js";
import { RequestRates } from "./request-rates.js";

/** The one door of all protocols: nothing of a request but its headers is read before its sender is known. */
export class AccessGuard {
  #rules: AuthRules | undefined;
  #rates: RequestRates | undefined;
  readonly #isOpen: (path: string) => boolean;
  readonly #callers = new WeakMap<HttpRequest, Caller>();

  /**
   * @param rules - undefined when nobody is asked who they are
   * @param isOpen - whether a path is for everybody
   */
  constructor(rules: AuthRules | undefined, isOpen: (path: string) => boolean) {
    this.#isOpen = isOpen;
    this.#rules = rules;
    this.#rates = ratesOf(rules);
  }

  /** Goes by other rules from now on. */
  setRules(rules: AuthRules | undefined): void {
    this.#rules = rules;
    this.#rates = ratesOf(rules);
  }

  /** Who sends a request that went through `guard`, as a call's values. */
  readonly context = (request: HttpRequest): ContextValues => contextOf(this.#callers.get(request));

  guard(handler: HttpHandler): HttpHandler {
    return (request, response) => {
      const path = pathOf(request);
      const isOpen = this.#isOpen(path) || (path === "/metrics" && this.#rules?.openMetrics === true);
      if (!isOpen) {
        if (this.#rules === undefined && isRebound(request)) {
          refuse(request, response, new ConnectError(REBOUND, Code.PermissionDenied));
          return;
        }
        const identity = identify(request, this.#rules);
        if ("refusal" in identity) {
          const error = new ConnectError(identity.refusal, Code.Unauthenticated);
          refuse(request, response, error, { "www-authenticate": 'Bearer realm="milvus-cdc"' });
          return;
        }
        const waitMs = this.#rates?.waitMs(identity.caller.name) ?? 0;
        if (waitMs > 0) {
          refuse(request, response, tooMany(identity.caller, waitMs), retryHeaders(waitMs));
          return;
        }
        this.#callers.set(request, identity.caller);
      }
      handler(request, response);
    };
  }
}

const REBOUND =
  "a page under another name than this machine's asks; where a proxy gives the service that name, say auth.allow_anonymous: true or give auth.tokens";

/** Where nobody is asked there is nobody to be told apart. */
function ratesOf(rules: AuthRules | undefined): RequestRates | undefined {
  return rules === undefined || rules.allowAnonymous
    ? undefined
    : new RequestRates(rules.maxRequestsPerSecond);
}

function tooMany({ name }: Caller, waitMs: number): ConnectError {
  const retryDelay = { seconds: BigInt(Math.floor(waitMs / 1000)), nanos: (waitMs % 1000) * 1_000_000 };
  const details = [{ desc: RetryInfoSchema, value: { retryDelay } }];
  const text = `${name} sends more requests than auth.max_requests_per_second; send it again in ${waitMs} ms`;
  return new ConnectError(text, Code.ResourceExhausted, undefined, details);
}

/** By HTTP and by gRPC, whose clients with a retry policy wait as long. */
function retryHeaders(waitMs: number): Record<string, string> {
  return { "retry-after": String(Math.ceil(waitMs / 1000)), "grpc-retry-pushback-ms": String(waitMs) };
}
