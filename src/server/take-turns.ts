import type { Interceptor } from "@connectrpc/connect";

/** More would gain nothing, and keep what replicates waiting. */
const CALLS_A_TURN = 4;

/**
 * Lets a few calls begin in each turn of the event loop; the others wait for the next ones, first come, first
 * served. A write to the target takes several turns, so a burst of calls that are all begun in one would
 * hold up replication by many times their duration.
 */
export function takeTurns(callsATurn = CALLS_A_TURN): Interceptor {
  const waiting: (() => void)[] = [];
  let begun = 0;
  const onTurn = (): void => {
    const next = waiting.splice(0, callsATurn);
    begun = next.length;
    if (begun > 0) setImmediate(onTurn);
    for (const begin of next) begin();
  };
  return (next) => async (request) => {
    if (begun === 0) setImmediate(onTurn);
    if (begun < callsATurn) begun++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return next(request);
  };
}
