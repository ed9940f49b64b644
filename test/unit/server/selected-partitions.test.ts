import assert from "node:assert/strict";
import { create, toJson } from "@bufbuild/protobuf";
import { CreateTaskRequestSchema } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { TaskSchema } from "#gen/milvus/cdc/v1/task_pb.js";
import { taskSpecFromProto } from "../../../src/server/task-spec-from-proto.js";
import { taskToProto } from "../../../src/server/task-to-proto.js";

describe("partitions in a request", () => {
  it("are taken with their collection, and shown as they were given", () => {
    const request = create(CreateTaskRequestSchema, {
      milvusConnectParam: { uri: "h:1" },
      collectionInfos: [{ name: "a", partitions: ["p", "2026_*"] }, { name: "b" }],
      dbCollections: { db: { collectionInfos: [{ name: "*", partitions: ["q"] }] } },
    });
    const spec = taskSpecFromProto(request, 0);
    assert.deepEqual(spec.collections, [{ name: "a", partitions: ["p", "2026_*"] }, "b"]);
    assert.deepEqual(spec.databases, { db: [{ name: "*", partitions: ["q"] }] });
    const task = { id: "1", spec, state: "Running", createdAtMs: 0, startTs: 0n, revision: 1 } as const;
    const shown = toJson(TaskSchema, taskToProto({ task, observation: undefined }), {
      useProtoFieldName: true,
    }) as Record<string, unknown>;
    assert.deepEqual(shown["collection_infos"], [{ name: "a", partitions: ["p", "2026_*"] }, { name: "b" }]);
    assert.deepEqual(shown["db_collections"], {
      db: { collection_infos: [{ name: "*", partitions: ["q"] }] },
    });
  });
});
