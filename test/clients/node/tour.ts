import { randomBytes } from "node:crypto";
import type { Client } from "@connectrpc/connect";
import { HealthCheckResponse_ServingStatus, type Health } from "#gen/grpc/health/v1/health_pb.js";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { Task_State } from "#gen/milvus/cdc/v1/task_pb.js";
import { badRequest, cancellation, deadline, deletion } from "./failures.js";
import { tell } from "./tell.js";

type Cdc = Client<typeof CdcService>;

/** What a client does with tasks. */
export async function tour(cdc: Cdc, health: Client<typeof Health>, target: string): Promise<void> {
  const taskId = randomBytes(16).toString("hex");
  const { status } = await health.check({ service: CdcService.typeName });
  tell("health", { status: HealthCheckResponse_ServingStatus[status] });
  await create(cdc, taskId, target);
  const { tasks } = await cdc.listTasks({});
  tell("list", { is_listed: tasks.some((task) => task.taskId === taskId) });
  await watch(cdc, taskId);
  await cdc.resumeTask({ taskId });
  const { task } = await cdc.getTask({ taskId });
  tell("resume", { state: Task_State[task?.state ?? 0] });
  await badRequest(cdc);
  await deadline(cdc);
  await cancellation(cdc);
  await deletion(cdc, taskId);
}

/** An id of the client's own makes it safe to repeat a create whose answer was lost. */
async function create(cdc: Cdc, taskId: string, uri: string): Promise<void> {
  const request = { taskId, milvusConnectParam: { uri }, collectionInfos: [{ name: "*" }] };
  const answers = [await cdc.createTask(request), await cdc.createTask(request)];
  tell("create", { created_once: answers.every((answer) => answer.taskId === taskId) });
}

/** The stream tells the task, then what changes: here, that it was paused. */
async function watch(cdc: Cdc, taskId: string): Promise<void> {
  const states: string[] = [];
  // leaving the loop alone does not end the call
  const call = new AbortController();
  for await (const { update } of cdc.watchTasks({ taskId }, { signal: call.signal })) {
    if (update.case !== "task") continue;
    const state = Task_State[update.value.state];
    if (states.includes(state)) continue;
    states.push(state);
    if (state === "Paused") break;
    await cdc.pauseTask({ taskId });
  }
  call.abort();
  tell("watch", { states });
}
