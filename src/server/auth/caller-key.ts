import { createContextKey, createContextValues, type ContextValues } from "@connectrpc/connect";
import type { Caller } from "../../model/caller.js";

/** Who makes a call; nobody unless it was found out, and nobody may do anything. */
export const callerKey = createContextKey<Caller | undefined>(undefined, { description: "caller" });

/** The values that go along into a call. */
export function contextOf(caller: Caller | undefined): ContextValues {
  return createContextValues().set(callerKey, caller);
}
