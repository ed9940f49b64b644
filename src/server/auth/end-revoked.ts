import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { DescMethod } from "@bufbuild/protobuf";
import { linkedAbort } from "../../async/abort.js";
import type { Role } from "../../model/caller.js";
import { eachMessage } from "../each-message.js";
import { messagesUntil } from "../messages-until.js";
import type { OnRefused } from "../refusals/refusal.js";
import { roleFault } from "./authorize.js";
import { isOpen, neededFor, neededRole } from "./needed-role.js";
import { visitKey, type Visit } from "./visit.js";

/** Calls a listener whenever other rules hold, until what is answered is called. */
export type OnRules = (listener: () => void) => () => void;

/**
 * Ends a stream when its caller may not have it by the rules of now: a token that was taken away would be good for as long
 * as its streams go on.
 */
export function endRevoked(onRules: OnRules, onRefused: OnRefused): Interceptor {
  return (next) => async (request) => {
    const { method } = request;
    const visit = request.contextValues.get(visitKey);
    if (!request.stream || visit === undefined || isOpen(method)) return next(request);
    const call = linkedAbort(request.signal);
    let needed = neededRole(method);
    const message = eachMessage(request.message, (one) => (needed = neededFor(method, one)));
    const unlisten = onRules(() => {
      const fault = faultNow(visit, method, needed);
      if (fault === undefined) return;
      const { protocol, from, caller } = visit;
      onRefused({ reason: "revoked", protocol, from, who: caller?.name });
      call.abort(fault);
    });
    // a stream that is never read does not end by itself
    call.signal.addEventListener("abort", unlisten, { once: true });
    const end = (): void => {
      unlisten();
      call.unlink();
      call.abort();
    };
    try {
      const response = await next({ ...request, message, signal: call.signal });
      return response.stream
        ? { ...response, message: messagesUntil(response.message, call.signal, end) }
        : response;
    } catch (error) {
      end();
      throw error;
    }
  };
}

function faultNow(visit: Visit, method: DescMethod, needed: Role): ConnectError | undefined {
  const identity = visit.identity();
  return "refusal" in identity
    ? new ConnectError(identity.refusal, Code.Unauthenticated)
    : roleFault(identity.caller, method, needed);
}
