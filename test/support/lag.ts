import { setTimeout as delay } from "node:timers/promises";
import type { ServiceProcess } from "./e2e-service.js";

const LOOK_EVERY_MS = 100;

/** The worst lag that a task shows while something goes on. */
export async function worstLagWhile(
  service: ServiceProcess,
  taskId: string,
  action: () => Promise<void>,
): Promise<number> {
  const running = action();
  const isOver = running.then(
    () => true,
    () => true,
  );
  let worst = 0;
  do {
    const { health = {} } = await service.task(taskId);
    worst = Math.max(worst, Number(health["lag_ms"] ?? 0));
  } while (!(await Promise.race([isOver, delay(LOOK_EVERY_MS, false)])));
  await running;
  return worst;
}
