import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { TaskSampleSchema, type TaskSample as TaskSampleMessage } from "#gen/milvus/cdc/v1/task_pb.js";
import type { TaskSample } from "../engine/task-samples.js";

export function sampleToProto({ atMs, lagMs, backlogRecords, ...rates }: TaskSample): TaskSampleMessage {
  return create(TaskSampleSchema, {
    ...rates,
    at: timestampFromMs(atMs),
    lagMs: lagMs === undefined ? undefined : BigInt(Math.round(lagMs)),
    backlogRecords,
  });
}
