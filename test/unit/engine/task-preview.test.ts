import assert from "node:assert/strict";
import { CdcError } from "../../../src/model/errors.js";
import { planTopics } from "../../../src/engine/planned-topics.js";
import { problemsOf } from "../../../src/engine/task-preview.js";
import type { TaskSpec } from "../../../src/model/task.js";
import { rows } from "../../support/engine-harness.js";
import { ManagerHarness } from "../../support/engine-manager-harness.js";

const never = new AbortController().signal;
const RENAMED = [{ sourceDatabase: "default", targetDatabase: "copy", collections: { a: "z" } }];

function specOf(m: ManagerHarness, changes: Partial<TaskSpec> = {}): TaskSpec {
  return { ...m.h.task.spec, start: { kind: "snapshot" }, ...changes };
}

describe("a preview of a task", () => {
  it("names what would be replicated, with rows and topics, and leaves nothing behind", async () => {
    using m = new ManagerHarness({}, ["c0", "c1"]);
    const a = m.h.source.create("a", ["c0"]);
    a.isLoaded = true;
    m.h.source.insert(a, rows([1, 2, 3]));
    m.h.source.create("b", ["c1"]);
    m.h.source.create("unwanted", ["c1"]);
    const spec = specOf(m, { excluded: { "*": ["un*"] }, nameMappings: RENAMED });
    const plan = await m.manager.preview(spec, never);
    const planned = plan.collections.map(({ source, target, rows: count, isOnTarget, problems }) => [
      `${source.name} -> ${target.database}.${target.name}`,
      count,
      isOnTarget,
      problems,
    ]);
    assert.deepEqual(planned, [
      ["a -> copy.z", 3n, false, []],
      ["b -> copy.b", undefined, false, []],
    ]);
    assert.deepEqual([plan.collectionsTotal, plan.problems], [2, []]);
    const [c0] = m.h.source.log.ranges();
    assert.deepEqual(
      plan.topics.map(({ channel, isThere, firstOffset, startOffset }) => [
        channel,
        isThere,
        firstOffset,
        startOffset,
      ]),
      [
        ["c0", true, 0n, c0?.end],
        // b is not loaded, and the log holds all of it
        ["c1", true, 0n, 0n],
        ["requests", false, undefined, undefined],
      ],
    );
    assert.deepEqual(problemsOf(plan), []);
    assert.deepEqual(await m.manager.list(), []);
    assert.deepEqual([m.openReaders, m.h.target.openClients, m.runners], [0, 0, 0]);
  });

  it("says what would keep a collection, or the task, from being replicated", async () => {
    using m = new ManagerHarness();
    m.h.source.create("a", ["c0"]);
    m.h.source.log.expire("c0", m.h.source.log.ranges()[0]?.end ?? 0n);
    m.targetCatalogue = m.h.source.catalogue();
    m.schemaDifferences = ["field vec has dimension 8, not 4"];
    const plan = await m.manager.preview(specOf(m, { loadForSnapshot: false }), never);
    const [a] = plan.collections;
    assert.equal(a?.isOnTarget, true);
    assert.match(a.problems.join("\n"), /dimension 8, not 4; .*\n.*not loaded it/);
    const other = await m.create();
    const { problems } = await m.manager.preview(specOf(m), never);
    assert.match(problems.join(), new RegExp(`task ${other} already writes default\\.a`));
    await m.stop();
  });

  it("names topics that Kafka lacks, or does not let be read", async () => {
    using m = new ManagerHarness({}, ["c0"]);
    m.h.source.create("a", ["c0"]);
    m.h.faults.reject("record", new CdcError("LOG_UNAUTHORIZED", "topic c0 may not be read"));
    const plan = await m.manager.preview(specOf(m), never);
    assert.match(problemsOf(plan).join(), /^c0 cannot be read: LOG_UNAUTHORIZED.*Describe and Read/);
    const log = { reader: m.h.source.log.reader(), requestChannel: "requests" };
    const source = { database: "default", name: "a" };
    const topics = await planTopics(log, [], [{ source, channels: ["c0", "c9"] }], never);
    assert.deepEqual(
      topics.map(({ channel, isThere }) => [channel, isThere]),
      [
        ["c0", true],
        ["c9", false],
        ["requests", false],
      ],
    );
    const [, c9, requests] = topics;
    assert.match(c9?.problem ?? "", /writes default\.a into c9, which is not among .*channel_prefix/);
    assert.equal(requests?.problem, undefined);
  });

  it("names rights that are missing, also where they keep it from looking any further", async () => {
    using m = new ManagerHarness();
    m.h.source.create("a", ["c0"]);
    m.heldRights.source = { kind: "granted", grants: [] };
    m.heldRights.target = { kind: "unknown", because: "it does not say" };
    const plan = await m.manager.preview(specOf(m), never);
    assert.equal(plan.rights.source.missing?.length, plan.rights.source.needed.length);
    assert.equal(plan.rights.target.missing, undefined);
    assert.match(problemsOf(plan).join(), /^the user whom `sources` .* lacks on the source ListDatabases, /);
    assert.match(
      problemsOf(plan).join(),
      /Query, Load, Release on Collection \*; .*without load_for_snapshot$/,
    );
    assert.match(plan.rights.target.reason ?? "", /target cannot be told: it does not say/);
    m.h.faults.reject("describe a", new CdcError("SOURCE_UNAUTHENTICATED", "permission denied"));
    await assert.rejects(
      m.manager.preview(specOf(m), never),
      /permission denied; the user .* lacks on the source .*DescribeCollection/,
    );
  });

  it("counts the rows of selected partitions, and says that those of a partition key cannot be selected", async () => {
    using m = new ManagerHarness();
    const a = m.h.source.create("a", ["c0"]);
    m.h.source.insert(a, rows([1, 2]), "p");
    m.h.source.insert(a, rows([3]), "q");
    const b = m.h.source.create("b", ["c0"]);
    for (const one of [a, b]) one.isLoaded = true;
    b.hasPartitionKey = true;
    const spec = specOf(m, { collections: [{ name: "*", partitions: ["p"] }] });
    const [first, second] = (await m.manager.preview(spec, never)).collections;
    assert.deepEqual([first?.rows, first?.problems], [2n, []]);
    assert.match(second?.problems.join() ?? "", /^default\.b has a partition key.*`exclude_collections`/);
    const { collections } = await m.manager.preview(specOf(m), never);
    assert.deepEqual(
      collections.map(({ problems }) => problems),
      [[], []],
    );
  });

  it("takes what is not loaded from the log, where that holds all of it", async () => {
    using m = new ManagerHarness();
    m.h.source.create("a", ["c0"]);
    const plan = await m.manager.preview(specOf(m, { loadForSnapshot: false }), never);
    assert.deepEqual(plan.collections[0]?.problems, []);
  });

  it("names collections that would become one on the target", async () => {
    using m = new ManagerHarness();
    m.h.source.create("a", ["c0"]);
    m.h.source.create("b", ["c0"]);
    m.h.source.create("c", ["c0"]);
    // no refusal can foresee it: neither was asked for by its name
    const nameMappings = [{ sourceDatabase: "default", targetDatabase: "default", collections: { a: "b" } }];
    const plan = await m.manager.preview(specOf(m, { nameMappings }), never);
    assert.deepEqual(
      plan.collections.map(({ problems }) => problems),
      [
        ["default.b would become the same on the target; map one of them to another name"],
        ["default.a would become the same on the target; map one of them to another name"],
        [],
      ],
    );
  });

  it("is refused as a create would be, and leaves nothing open", async () => {
    using m = new ManagerHarness();
    m.h.source.create("a", ["c0"]);
    m.h.faults.reject("ping", new CdcError("TARGET_UNAVAILABLE", "down"));
    await assert.rejects(m.manager.preview(specOf(m), never), /cannot reach the target/);
    m.h.faults.reject("count a", new CdcError("SOURCE_UNAVAILABLE", "gone"));
    await assert.rejects(m.manager.preview(specOf(m), never), /gone/);
    assert.deepEqual([m.openReaders, m.h.target.openClients], [0, 0]);
  });

  it("looks at a thousand collections, and counts the others", async () => {
    using m = new ManagerHarness();
    for (let i = 0; i < 1_010; i++) m.h.source.create(`c${i}`, ["c0"]);
    const { collections, collectionsTotal } = await m.manager.preview(specOf(m), never);
    assert.deepEqual([collections.length, collectionsTotal], [1_000, 1_010]);
  });
});
