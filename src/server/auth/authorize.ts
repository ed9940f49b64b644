import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { DescMethod, Message } from "@bufbuild/protobuf";
import { hasRole, type Caller, type Role } from "../../model/caller.js";
import { eachMessage } from "../each-message.js";
import type { OnRefused } from "../refusals/refusal.js";
import { isOpen, neededFor, neededRole } from "./needed-role.js";
import { visitKey, type Visit } from "./visit.js";

/** Lets a call go on only when its caller has the role that it takes. */
export function authorize(onRefused: OnRefused): Interceptor {
  const demand = (visit: Visit | undefined, method: DescMethod, needed: Role): void => {
    if (visit?.caller === undefined) throw new ConnectError("the caller is not known", Code.Unauthenticated);
    const { caller, protocol, from } = visit;
    const fault = roleFault(caller, method, needed);
    if (fault === undefined) return;
    onRefused({ reason: "role", protocol, from, who: caller.name });
    throw fault;
  };
  return (next) => (request) => {
    const { method, contextValues } = request;
    if (isOpen(method)) return next(request);
    const visit = contextValues.get(visitKey);
    demand(visit, method, neededRole(method));
    const check = (message: Message): void => demand(visit, method, neededFor(method, message));
    // a stream's messages come after its beginning
    if (request.stream) return next({ ...request, message: eachMessage(request.message, check) });
    check(request.message);
    return next(request);
  };
}

/** Why a caller may not make a call that takes a role; undefined when they may. */
export function roleFault(caller: Caller, method: DescMethod, needed: Role): ConnectError | undefined {
  if (hasRole(caller, needed)) return undefined;
  const text = `${method.name} as asked for takes the role ${needed}, and ${caller.name} is ${caller.role}`;
  return new ConnectError(text, Code.PermissionDenied);
}
