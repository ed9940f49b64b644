import type { ConnectRouter } from "@connectrpc/connect";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { file_google_rpc_error_details } from "#gen/google/rpc/error_details_pb.js";
import { Health } from "#gen/grpc/health/v1/health_pb.js";
import type { TaskService } from "../engine/task-service.js";
import { createCdcService } from "./cdc-service.js";
import { FileDescriptors } from "./file-descriptors.js";
import { createHealthService } from "./health-service.js";
import type { HealthState } from "./health-state.js";
import { addReflection } from "./reflection-service.js";

/** Registers every RPC of the service. */
export function rpcRoutes(tasks: TaskService, health: HealthState): (router: ConnectRouter) => void {
  const files = new FileDescriptors([CdcService, Health], [file_google_rpc_error_details]);
  return (router) => {
    router.service(CdcService, createCdcService(tasks));
    router.service(Health, createHealthService(health));
    addReflection(router, files);
  };
}
