import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { WatchTasksResponseSchema, type WatchTasksResponse } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { followTasks, type LiveTasks } from "../../../src/dashboard/live/follow-tasks.js";

type Update = Parameters<typeof create<typeof WatchTasksResponseSchema>>[1];

function response(update: Update): WatchTasksResponse {
  return create(WatchTasksResponseSchema, update);
}

const task = (taskId: string): WatchTasksResponse =>
  response({ update: { case: "task", value: { taskId } } });
const gone = (taskId: string): WatchTasksResponse =>
  response({ update: { case: "goneTaskId", value: taskId } });
const beat = response({ update: { case: "heartbeat", value: {} } });

describe("followTasks", () => {
  it("shows whole looks alone, keeps the last one while the service is away, and begins anew with each stream", async () => {
    const streams = [[task("a"), task("b"), beat, gone("a"), beat, task("c")], [], [task("b"), beat]];
    const end = new AbortController();
    const shown: string[] = [];
    const show = ({ connection, tasks }: LiveTasks): void => {
      shown.push(`${connection.kind} ${tasks?.map(({ taskId }) => taskId).join(" ") ?? ""}`);
      if (streams.length === 0) end.abort();
    };
    const client = {
      watchTasks: async function* () {
        await Promise.resolve();
        const stream = streams.shift() ?? [];
        if (stream.length === 0) throw new Error("away");
        yield* stream;
      },
    };
    await followTasks(client, show, end.signal);
    assert.deepEqual(shown, ["live a b", "live b", "lost b", "lost b", "live b"]);
  });
});
