import { create } from "@bufbuild/protobuf";
import { TaskPlanSchema, type TaskPlan } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type { PlannedCollection, TaskPreview } from "../engine/task-preview.js";
import { withoutUserinfo } from "./userinfo.js";

/** What a task would do, as its user is told. */
export function previewToProto({ collections, collectionsTotal, channels, problems }: TaskPreview): TaskPlan {
  return create(TaskPlanSchema, {
    isReady: problems.length === 0 && collections.every((one) => one.problems.length === 0),
    collections: collections.map(plannedToProto),
    collectionsTotal,
    channels: [...channels],
    problems: problems.map(withoutUserinfo),
  });
}

function plannedToProto({ source, target, isOnTarget, rows, problems }: PlannedCollection) {
  return {
    database: source.database,
    name: source.name,
    targetDatabase: target.database,
    targetName: target.name,
    isOnTarget,
    rows,
    problems: problems.map(withoutUserinfo),
  };
}
