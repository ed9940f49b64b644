import { Rates } from "../auth/rates.js";
import type { ServerLogger } from "../server-logger.js";
import type { OnRefused, RefusalReason } from "./refusal.js";

/**
 * Writes a line for somebody who is turned away, for each reason one in a second: whoever sends requests without end must
 * not fill the disk with their refusals. `unlogged` tells of those since the line before.
 */
export function logRefusals(logger: ServerLogger, lines = new Rates(1)): OnRefused {
  const unlogged = new Map<RefusalReason, number>();
  return (refusal) => {
    const { reason } = refusal;
    const since = unlogged.get(reason) ?? 0;
    if (lines.waitMs(reason) > 0) {
      unlogged.set(reason, since + 1);
      return;
    }
    unlogged.delete(reason);
    logger.info({ ...refusal, ...(since > 0 && { unlogged: since }) }, "refused");
  };
}
