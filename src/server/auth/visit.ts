import { createContextKey, createContextValues, type ContextValues } from "@connectrpc/connect";
import type { Caller } from "../../model/caller.js";
import type { Protocol } from "../refusals/refusal.js";
import type { Identity } from "./identify.js";

/** What the door knows of a request. */
export interface Visit {
  /** Nobody where it was not asked for, and nobody may do anything. */
  readonly caller: Caller | undefined;
  readonly protocol: Protocol;
  readonly from: string | undefined;
  /** Who its sender is by the rules that hold now, which may be others than when it came. */
  readonly identity: () => Identity;
}

export const visitKey = createContextKey<Visit | undefined>(undefined, { description: "visit" });

/** The values that go along into a call. */
export function contextOf(visit: Visit): ContextValues {
  return createContextValues().set(visitKey, visit);
}
