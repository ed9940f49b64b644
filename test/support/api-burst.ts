import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { inParallel } from "../../src/async/in-parallel.js";
import type { ServiceProcess } from "./e2e-service.js";
import { GrpcJsClient } from "./server-grpc-js-client.js";

const CONCURRENCY = 64;

/** Asks for the task so many times, by all protocols in turn, many at a time. Fails with the first answer that is none. */
export async function burst(service: ServiceProcess, taskId: string, requests: number): Promise<void> {
  using grpc = new GrpcJsClient(`127.0.0.1:${service.port}`);
  const ask: readonly (() => Promise<unknown>)[] = [
    () => grpc.unary(CdcService.method.getTask, { taskId }),
    () => post(service, "/cdc", { request_type: "get", request_data: { task_id: taskId } }),
    () => post(service, "/milvus.cdc.v1.CdcService/GetTask", { taskId }),
    () => grpc.unary(CdcService.method.listTasks, {}),
    () => post(service, "/cdc", { request_type: "position", request_data: { task_id: taskId } }),
    () => post(service, "/milvus.cdc.v1.CdcService/ListTasks", {}),
  ];
  const turns = Array.from({ length: requests }, (_, i) => i);
  await inParallel(turns, CONCURRENCY, async (i) => {
    await ask[i % ask.length]?.();
  });
}

async function post({ port }: ServiceProcess, path: string, body: unknown): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${text}`);
}
