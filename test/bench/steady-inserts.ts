import { setTimeout as delay } from "node:timers/promises";
import type { MilvusRpc } from "../../src/milvus/milvus-rpc.js";
import { RowRequests } from "../support/bench-rows.js";
import type { Names } from "../support/e2e-collection.js";
import type { LagWatch } from "./lag-watch.js";

/** A source that is slower than the rate is not buried. */
const MAX_IN_FLIGHT = 256;

export interface SteadyRate {
  readonly perSecond: number;
  readonly seconds: number;
  readonly dim: number;
  readonly firstId: number;
}

/** Inserts single rows by the clock, whether or not the ones before are answered; answers the rate it came to. */
export async function insertSteadily(
  rpc: MilvusRpc,
  names: Names,
  { perSecond, seconds, dim, firstId }: SteadyRate,
  watch: LagWatch,
): Promise<number> {
  const requests = new RowRequests(dim);
  const inFlight = new Set<Promise<void>>();
  const insert = async (id: number): Promise<void> => {
    watch.sent(id);
    await rpc.insert(requests.of(names, id, 1), new AbortController().signal);
    watch.acknowledged(id);
  };
  const start = performance.now();
  const total = perSecond * seconds;
  for (let i = 0; i < total; i++) {
    const waitMs = start + (i * 1000) / perSecond - performance.now();
    if (waitMs > 1) await delay(waitMs);
    const one = insert(firstId + i).finally(() => inFlight.delete(one));
    inFlight.add(one);
    if (inFlight.size >= MAX_IN_FLIGHT) await Promise.race(inFlight);
  }
  const reached = total / ((performance.now() - start) / 1000);
  await Promise.all(inFlight);
  return reached;
}
