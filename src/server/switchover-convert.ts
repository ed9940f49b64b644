import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type {
  SwitchoverTaskRequest,
  SwitchoverTaskResponseSchema,
} from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type { SwitchoverOptions, SwitchoverUpdate } from "../engine/switchover.js";
import { physicalMs } from "../model/ids.js";
import { levelFromProto, verifyUpdateToProto } from "./verify-convert.js";

const DEFAULT_WAIT_S = 600;

export function switchoverOptionsFromProto(request: SwitchoverTaskRequest): SwitchoverOptions {
  const { level, maxRowsPerSecond, maxWaitSeconds = DEFAULT_WAIT_S, createReverse = false } = request;
  return { createReverse, level: levelFromProto(level), maxRowsPerSecond, maxWaitMs: maxWaitSeconds * 1000 };
}

export function switchoverUpdateToProto(
  update: SwitchoverUpdate,
): MessageInitShape<typeof SwitchoverTaskResponseSchema> {
  if (update.kind === "drained")
    return { update: { case: "drained", value: timestampFromMs(physicalMs(update.ts)) } };
  if (update.kind === "done") {
    const { isPaused, next, reverseTaskId } = update;
    return { update: { case: "result", value: { isPaused, next, reverseTaskId } } };
  }
  return { update: { case: "verification", value: verifyUpdateToProto(update) } };
}
