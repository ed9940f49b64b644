import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { DescMethod, Message } from "@bufbuild/protobuf";
import { hasRole, type Caller, type Role } from "../../model/caller.js";
import { callerKey } from "./caller-key.js";
import { isOpen, neededFor, neededRole } from "./needed-role.js";

/** Lets a call go on only when its caller has the role that it takes. */
export const authorize: Interceptor = (next) => (request) => {
  const { method, contextValues } = request;
  if (isOpen(method)) return next(request);
  const caller = contextValues.get(callerKey);
  demand(caller, method, neededRole(method));
  if (request.stream) return next({ ...request, message: checked(request.message, caller, method) });
  demand(caller, method, neededFor(method, request.message));
  return next(request);
};

/** A stream's messages come after its beginning. */
async function* checked<T extends Message>(
  messages: AsyncIterable<T>,
  caller: Caller | undefined,
  method: DescMethod,
): AsyncIterable<T> {
  for await (const message of messages) {
    demand(caller, method, neededFor(method, message));
    yield message;
  }
}

function demand(caller: Caller | undefined, method: DescMethod, needed: Role): void {
  if (caller === undefined) throw new ConnectError("the caller is not known", Code.Unauthenticated);
  if (hasRole(caller, needed)) return;
  const text = `${method.name} as asked for takes the role ${needed}, and ${caller.name} is ${caller.role}`;
  throw new ConnectError(text, Code.PermissionDenied);
}
