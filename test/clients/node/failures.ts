import { setTimeout as sleep } from "node:timers/promises";
import type { CallOptions, Client } from "@connectrpc/connect";
import { BadRequestSchema, RetryInfoSchema } from "#gen/google/rpc/error_details_pb.js";
import type { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { codeOf, errorOf, tell } from "./tell.js";

type Cdc = Client<typeof CdcService>;

/** A request that is wrong names its fields. */
export async function badRequest(cdc: Cdc): Promise<void> {
  const error = await errorOf(cdc.createTask({ milvusConnectParam: {} }));
  const [wrong] = error?.findDetails(BadRequestSchema) ?? [];
  tell("bad_request", { code: codeOf(error), fields: wrong?.fieldViolations.map(({ field }) => field) });
}

export async function deadline(cdc: Cdc): Promise<void> {
  tell("deadline", { code: codeOf(await errorOf(watch(cdc, { timeoutMs: 300 }))) });
}

export async function cancellation(cdc: Cdc): Promise<void> {
  const controller = new AbortController();
  const watching = watch(cdc, { signal: controller.signal }, () => controller.abort());
  tell("cancellation", { code: codeOf(await errorOf(watching)) });
}

async function watch(cdc: Cdc, options: CallOptions, onMessage = (): void => undefined): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  for await (const _ of cdc.watchTasks({}, options)) onMessage();
}

export async function deletion(cdc: Cdc, taskId: string): Promise<void> {
  await cdc.deleteTask({ taskId });
  tell("delete", { code_of_get: codeOf(await errorOf(cdc.getTask({ taskId }))) });
}

/** Waits for as long as the service asks for, and tries again. */
export async function retry(cdc: Cdc): Promise<void> {
  const error = await errorOf(cdc.listTasks({}));
  const [hint] = error?.findDetails(RetryInfoSchema) ?? [];
  if (hint?.retryDelay === undefined) throw new Error("no hint when to try again");
  const delayMs = Number(hint.retryDelay.seconds) * 1000;
  await sleep(delayMs);
  tell("retry", {
    code: codeOf(error),
    delay_ms: delayMs,
    then: codeOf(await errorOf(cdc.listTasks({}))),
  });
}
