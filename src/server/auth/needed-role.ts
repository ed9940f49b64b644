import { isMessage, type DescMethod, type Message } from "@bufbuild/protobuf";
import {
  CdcService,
  ResumeTaskRequestSchema,
  VerifyTaskRequestSchema,
} from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { Health } from "#gen/grpc/health/v1/health_pb.js";
import { ServerReflection } from "#gen/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as ServerReflectionAlpha } from "#gen/grpc/reflection/v1alpha/reflection_pb.js";
import type { Role } from "../../model/caller.js";

const cdc = CdcService.method;

/** What a call takes at least; a method that is not here takes an admin. */
const roles: ReadonlyMap<DescMethod, Role> = new Map<DescMethod, Role>([
  [cdc.listTasks, "reader"],
  [cdc.getTask, "reader"],
  [cdc.watchTasks, "reader"],
  [cdc.getTaskPosition, "reader"],
  [cdc.getTaskSamples, "reader"],
  [ServerReflection.method.serverReflectionInfo, "reader"],
  [ServerReflectionAlpha.method.serverReflectionInfo, "reader"],
  [cdc.createTask, "operator"],
  [cdc.pauseTask, "operator"],
  [cdc.resumeTask, "operator"],
  [cdc.switchoverTask, "operator"],
  // it reads all of both sides
  [cdc.verifyTask, "operator"],
  // it shows rows
  [cdc.listBlockedRecords, "operator"],
]);

/** Probes of load balancers, which have no credentials. */
export function isOpen(method: DescMethod): boolean {
  return method.parent.typeName === Health.typeName;
}

/** What a call of a method takes, whatever it says. */
export function neededRole(method: DescMethod): Role {
  return roles.get(method) ?? "admin";
}

/** What a call takes for what it says: giving up a record loses it, and a repair changes rows of the target. */
export function neededFor(method: DescMethod, message: Message): Role {
  if (isMessage(message, ResumeTaskRequestSchema) && message.skipBlockedRecord === true) return "admin";
  if (isMessage(message, VerifyTaskRequestSchema) && message.repair === true && message.dryRun !== true)
    return "admin";
  return neededRole(method);
}
