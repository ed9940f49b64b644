import * as z from "zod";
import { countsOf, VERIFICATION_OUTCOMES, type LastVerification } from "../../model/last-verification.js";
import { VERIFY_LEVELS } from "../../model/verification.js";

/** The column `verification` of `tasks`. JSON has no bigint. A number that an older service did not know is 0. */
export const lastVerification: z.ZodType<LastVerification> = z
  .object({
    at_ms: z.number(),
    level: z.enum(VERIFY_LEVELS),
    outcome: z.enum(VERIFICATION_OUTCOMES),
    counts: z.record(z.string(), z.string().transform(BigInt)),
    is_repaired: z.literal(true).optional(),
    schedule_met_at_ms: z.number().optional(),
  })
  .transform(({ at_ms: atMs, level, outcome, counts, is_repaired: isRepaired, ...rest }) => ({
    atMs,
    level,
    outcome,
    counts: countsOf((name) => counts[name] ?? 0n),
    ...(isRepaired && { isRepaired }),
    ...(rest.schedule_met_at_ms !== undefined && { scheduleMetAtMs: rest.schedule_met_at_ms }),
  }));

export function verificationToJson(verification: LastVerification): string {
  const { atMs, level, outcome, counts, isRepaired, scheduleMetAtMs } = verification;
  return JSON.stringify({
    at_ms: atMs,
    level,
    outcome,
    counts: Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, n.toString()])),
    is_repaired: isRepaired,
    schedule_met_at_ms: scheduleMetAtMs,
  });
}
