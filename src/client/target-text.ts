import type { MilvusConnectParam } from "#gen/milvus/cdc/v1/task_pb.js";

/** Where a task writes to. */
export function targetText(param: MilvusConnectParam | undefined): string {
  return param?.uri ?? `${param?.host ?? ""}:${param?.port ?? ""}`;
}
