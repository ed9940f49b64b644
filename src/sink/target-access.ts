import type { AccessControl, AccessStep } from "../model/access-control.js";

/**
 * Who may do what on the target. A step whose answer was lost is not to be
 * repeated as it is: what is left to do shows when it is read again.
 *
 * @throws CdcError TARGET_UNAVAILABLE, TARGET_BUSY; TARGET_UNAUTHENTICATED also when the user may not do
 *   this; TARGET_NOT_READY and TARGET_REJECTED for other refusals
 */
export interface TargetAccess extends AsyncDisposable {
  /** Grants of these databases, which need not exist, and of those that mean every database; all the rest in any case. */
  read(databases: readonly string[], signal: AbortSignal): Promise<AccessControl>;
  takeStep(step: AccessStep, signal: AbortSignal): Promise<void>;
}
