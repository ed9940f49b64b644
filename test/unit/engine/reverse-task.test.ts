import assert from "node:assert/strict";
import { reverseSpec } from "../../../src/engine/reverse-task.js";
import type { SwitchoverUpdate } from "../../../src/engine/switchover.js";
import { CdcError } from "../../../src/model/errors.js";
import { mapCollection } from "../../../src/model/name-mapping.js";
import { isSelected } from "../../../src/model/selection.js";
import type { TaskSpec } from "../../../src/model/task.js";
import { rows } from "../../support/engine-harness.js";
import { ManagerHarness } from "../../support/engine-manager-harness.js";
import { aCollection, aTask } from "../../support/metastore-values.js";

const never = new AbortController().signal;
const SIDES = { source: "b", connectParam: { uri: "http://a:19530", token: "s3cret" } };
const NAMES = [
  ["default.x", "default.x"],
  ["default.y", "copy.z"],
  ["other.x", "copy.x"],
] as const;

function nameOf(text: string) {
  const [database = "", name = ""] = text.split(".");
  return { database, name };
}

describe("a reverse task", () => {
  it("keeps the selection, patterns among it, where names are the same on both sides", () => {
    const task = aTask({ spec: { ...aTask().spec, nameMappings: [], rpcChannel: "x", source: "a" } });
    const { collections, databases, excluded, ...others } = reverseSpec(task, [aCollection()], SIDES);
    assert.deepEqual([collections, databases], [task.spec.collections, task.spec.databases]);
    assert.deepEqual(excluded, task.spec.excluded);
    assert.deepEqual([others.source, others.connectParam], ["b", SIDES.connectParam]);
    assert.deepEqual(
      [others.start, others.reverseOf, others.rpcChannel],
      [{ kind: "latest" }, task.id, undefined],
    );
  });

  it("replicates the same partitions, with and without other names", () => {
    const collections = [{ name: "one", partitions: ["p"] }];
    const task = aTask({ spec: { ...aTask().spec, collections, nameMappings: [] } });
    assert.deepEqual(reverseSpec(task, [], SIDES).collections, collections);
    const some = [aCollection({ onlyPartitions: ["p"] }), aCollection({ onlyPartitions: undefined })];
    const { databases } = reverseSpec(aTask(), some, SIDES);
    assert.deepEqual(databases, { copy: [{ name: "uno", partitions: ["p"] }, "uno"] });
  });

  it("gives each collection its old name back, and takes no other, where names differ", () => {
    const collections = NAMES.map(([source, target], i) =>
      aCollection({ id: BigInt(i), source: nameOf(source), target: nameOf(target) }),
    );
    const spec = reverseSpec(aTask(), collections, SIDES);
    for (const [source, target] of NAMES) {
      assert.ok(isSelected(spec, nameOf(target)), target);
      assert.deepEqual(mapCollection(spec.nameMappings, nameOf(target)), nameOf(source));
    }
    assert.ok(!isSelected(spec, nameOf("copy.y")) && !isSelected(spec, nameOf("default.z")));
  });

  /** A task that streams a collection, and is switched over. */
  async function switched(m: ManagerHarness): Promise<[string, SwitchoverUpdate[]]> {
    m.verify = (_, __, { level }, emit) => {
      emit({ kind: "result", result: { isEqual: true, isComplete: true, level, collections: [] } });
      return Promise.resolve();
    };
    const id = await m.create();
    m.h.source.insert(m.h.source.create("c", ["c0"]), rows([1]));
    m.h.source.flush();
    await m.h.until("it streams", () => m.h.target.rows("c").length === 1);
    const options = { level: "full", maxWaitMs: 10_000, createReverse: true } as const;
    const updates: SwitchoverUpdate[] = [];
    const switching = (async () => {
      for await (const one of m.manager.switchOver(id, options, never)) updates.push(one);
    })();
    switching.catch(() => undefined);
    for (let i = 0; i < 20; i++) {
      m.h.source.flush();
      await m.h.time.advance(200);
    }
    await m.h.time.whenDone("it is switched over", switching);
    return [id, updates];
  }

  it("is created by a switch-over, and does not run beside the task that it goes back from", async () => {
    using m = new ManagerHarness();
    m.reverse = { source: "b", connectParam: { host: "origin", port: 19530 } };
    const [id, updates] = await switched(m);
    const last = updates.at(-1);
    assert.ok(last?.kind === "done" && last.isPaused && last.reverseTaskId !== undefined);
    const reverse = await m.manager.get(last.reverseTaskId);
    const { reverseOf, source, start }: TaskSpec = reverse.task.spec;
    assert.deepEqual([reverse.task.state, reverseOf, source, start.kind], ["Running", id, "b", "latest"]);
    assert.equal(await m.state(id), "Paused");
    await assert.rejects(m.manager.resume(id), /replicates in the other direction/);
    await m.h.time.whenDone("it pauses", m.manager.pause(last.reverseTaskId));
    await m.manager.resume(id);
    await assert.rejects(m.manager.resume(last.reverseTaskId), /replicates in the other direction/);
    await m.stop();
  });

  it("is refused, with what to do, when the target is no configured source or its plan has problems", async () => {
    for (const isKnown of [false, true]) {
      using m = new ManagerHarness();
      if (isKnown) m.reverse = { source: "b", connectParam: { host: "origin", port: 19530 } };
      m.targetCatalogue = m.h.source.catalogue();
      m.schemaDifferences = ["auto_id"];
      const wanted = isKnown
        ? /default\.c: .*auto_id/
        : /target:19530 is none of the configured sources; add it/;
      await assert.rejects(switched(m), (error) => {
        assert.ok(error instanceof CdcError && error.code === "TASK_STATE_CONFLICT");
        assert.match(error.message, wanted);
        return true;
      });
      const [only] = await m.manager.list();
      assert.equal(only?.task.state, "Running");
      await m.stop();
    }
  });
});
