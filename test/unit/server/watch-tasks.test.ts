import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { TaskSchema, type Task } from "#gen/milvus/cdc/v1/task_pb.js";
import { watchTasks, type TaskChange } from "../../../src/server/watch-tasks.js";

const TIMES = { lookEveryMs: 1, quietMs: 1e9 };

function task(taskId: string, reason = ""): Task {
  return create(TaskSchema, { taskId, reason });
}

function said(change: TaskChange): string {
  if (change.case === "task") return `${change.value.taskId} ${change.value.reason ?? ""}`.trim();
  return change.case === "goneTaskId" ? `gone ${change.value}` : `all ${change.value.tasks}`;
}

describe("watchTasks", () => {
  /** What is told when one look after the other finds this. */
  async function told(looks: readonly (readonly Task[])[], times = TIMES): Promise<string[]> {
    const end = new AbortController();
    let next = 0;
    const look = (): Promise<readonly Task[]> => {
      if (next === looks.length - 1) end.abort();
      return Promise.resolve(looks[next++] ?? []);
    };
    const changes: string[] = [];
    for await (const change of watchTasks(look, end.signal, times)) changes.push(said(change));
    return changes;
  }

  it("tells all, then what is new, changed or gone, and a heartbeat behind each", async () => {
    const [a, b] = [task("a"), task("b")];
    const looks = [[a, b], [a, b], [a, task("b", "why"), task("c")], [task("c")], [task("c")]];
    assert.deepEqual(await told(looks), [
      "a",
      "b",
      "all 2",
      "b why",
      "c",
      "all 3",
      "gone a",
      "gone b",
      "all 1",
    ]);
  });

  it("says at once that there are none, and now and then that nothing has changed", async () => {
    assert.deepEqual(await told([[], []]), ["all 0"]);
    assert.deepEqual(await told([[], [], []], { lookEveryMs: 1, quietMs: 0 }), ["all 0", "all 0", "all 0"]);
  });

  it("looks again only when all was taken, so that a slow client misses states and holds up none", async () => {
    let looks = 0;
    const end = new AbortController();
    const look = (): Promise<readonly Task[]> => Promise.resolve([task("a", String(++looks)), task("b")]);
    const changes = watchTasks(look, end.signal, TIMES);
    await changes.next();
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(looks, 1);
    await changes.next();
    end.abort();
    await changes.return();
  });

  it("ends with an error of a look", async () => {
    const changes = watchTasks(
      () => Promise.reject(new Error("no store")),
      new AbortController().signal,
      TIMES,
    );
    await assert.rejects(changes.next(), /no store/);
  });
});
