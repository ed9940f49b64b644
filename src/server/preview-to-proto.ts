import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  PlannedRights_Verdict as Verdict,
  TaskPlanSchema,
  type PlannedRightsSchema,
  type PlannedTopicSchema,
  type TaskPlan,
} from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type { PlannedRights } from "../engine/planned-rights.js";
import type { PlannedTopic } from "../engine/planned-topics.js";
import { problemsOf, type PlannedCollection, type TaskPreview } from "../engine/task-preview.js";
import { withoutUserinfo } from "./userinfo.js";

/** What a task would do, as its user is told. */
export function previewToProto(plan: TaskPreview): TaskPlan {
  const { collections, collectionsTotal, topics, rights, problems } = plan;
  return create(TaskPlanSchema, {
    isReady: problemsOf(plan).length === 0 && collections.every((one) => one.problems.length === 0),
    collections: collections.map(plannedToProto),
    collectionsTotal,
    channels: topics.filter(({ isThere }) => isThere).map(({ channel }) => channel),
    problems: problems.map(withoutUserinfo),
    topics: topics.map(topicToProto),
    sourceRights: rightsToProto(rights.source),
    targetRights: rightsToProto(rights.target),
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

function topicToProto(topic: PlannedTopic): MessageInitShape<typeof PlannedTopicSchema> {
  const { channel, isThere, firstOffset, startOffset, problem } = topic;
  return {
    name: channel,
    isThere,
    firstOffset,
    startOffset,
    problem: problem === undefined ? undefined : withoutUserinfo(problem),
  };
}

function rightsToProto({
  needed,
  missing,
  reason,
}: PlannedRights): MessageInitShape<typeof PlannedRightsSchema> {
  return {
    verdict: verdictOf(missing),
    reason: reason === undefined ? undefined : withoutUserinfo(reason),
    rights: needed.map((right) => ({
      privilege: right.privilege,
      objectType: right.objectType,
      objectName: right.objectName,
      isMissing: missing?.includes(right) === true,
    })),
  };
}

function verdictOf(missing: PlannedRights["missing"]): Verdict {
  if (missing === undefined) return Verdict.UNKNOWN;
  return missing.length === 0 ? Verdict.GRANTED : Verdict.MISSING;
}
