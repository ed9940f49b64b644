import { Code, ConnectError, type ContextValues } from "@connectrpc/connect";
import { RetryInfoSchema } from "#gen/google/rpc/error_details_pb.js";
import type { AuthRules, Caller } from "../../model/caller.js";
import { pathOf, type HttpHandler, type HttpRequest } from "../http-exchange.js";
import { addressOf, protocolOf, type OnRefused, type Refusal } from "../refusals/refusal.js";
import { refuse } from "../refuse.js";
import { identify } from "./identify.js";
import { Rates } from "./rates.js";
import { isRebound } from "./rebound-host.js";
import { contextOf } from "./visit.js";

/** What a sender is answered, and what the log is told of it. */
interface Refused extends Pick<Refusal, "reason" | "who"> {
  readonly error: ConnectError;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The one door of all protocols: nothing of a request but its headers is read before its sender is known. */
export class AccessGuard {
  #rules: AuthRules | undefined;
  #rates: Rates | undefined;
  readonly #isOpen: (path: string) => boolean;
  readonly #onRefused: OnRefused;
  readonly #callers = new WeakMap<HttpRequest, Caller>();
  readonly #listeners = new Set<() => void>();

  /**
   * @param rules - undefined when nobody is asked who they are
   * @param isOpen - whether a path is for everybody
   */
  constructor(rules: AuthRules | undefined, isOpen: (path: string) => boolean, onRefused: OnRefused) {
    this.#isOpen = isOpen;
    this.#onRefused = onRefused;
    this.#rules = rules;
    this.#rates = ratesOf(rules);
  }

  /** Goes by other rules from now on. */
  setRules(rules: AuthRules | undefined): void {
    this.#rules = rules;
    this.#rates = ratesOf(rules);
    for (const listener of this.#listeners) listener();
  }

  /** Calls a listener whenever other rules hold, until what is answered is called. */
  readonly onRules = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** What is known of a request that went through `guard`, as a call's values. */
  readonly context = (request: HttpRequest): ContextValues =>
    contextOf({
      caller: this.#callers.get(request),
      protocol: protocolOf(request),
      from: addressOf(request),
      identity: () => identify(request, this.#rules),
    });

  /**
   * @param known - answers those who may ask
   * @param anybody - answers what is for everybody
   */
  guard(known: HttpHandler, anybody: HttpHandler): HttpHandler {
    return (request, response) => {
      if (this.#isForAll(pathOf(request))) {
        anybody(request, response);
        return;
      }
      const refused = this.#look(request);
      if (refused === undefined) {
        known(request, response);
        return;
      }
      const { error, headers, ...told } = refused;
      this.#onRefused({ ...told, protocol: protocolOf(request), from: addressOf(request) });
      refuse(request, response, error, headers);
    };
  }

  #isForAll(path: string): boolean {
    return this.#isOpen(path) || (path === "/metrics" && this.#rules?.openMetrics === true);
  }

  /** Finds out who sends a request, or why they are not served. */
  #look(request: HttpRequest): Refused | undefined {
    if (this.#rules === undefined && isRebound(request))
      return { reason: "other_name", error: new ConnectError(REBOUND, Code.PermissionDenied) };
    const identity = identify(request, this.#rules);
    if ("refusal" in identity) {
      const { refusal, reason, who } = identity;
      return { reason, who, error: new ConnectError(refusal, Code.Unauthenticated), headers: CHALLENGE };
    }
    const { caller } = identity;
    const waitMs = this.#rates?.waitMs(caller.name) ?? 0;
    if (waitMs > 0)
      return {
        reason: "rate",
        who: caller.name,
        error: tooMany(caller, waitMs),
        headers: retryHeaders(waitMs),
      };
    this.#callers.set(request, caller);
    return undefined;
  }
}

const CHALLENGE = { "www-authenticate": 'Bearer realm="milvus-cdc"' };

const REBOUND =
  "a page under another name than this machine's asks; where a proxy gives the service that name, say auth.allow_anonymous: true or give auth.tokens";

/** Where nobody is asked there is nobody to be told apart. */
function ratesOf(rules: AuthRules | undefined): Rates | undefined {
  return rules === undefined || rules.allowAnonymous ? undefined : new Rates(rules.maxRequestsPerSecond);
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
