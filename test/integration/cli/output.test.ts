import assert from "node:assert/strict";
import { parse } from "yaml";
import type { VerifyUpdate } from "../../../src/model/verification.js";
import { assertContains } from "../../support/assert-contains.js";
import { CliProgram, runCli } from "../../support/cli-program.js";
import { eventually } from "../../support/eventually.js";
import { TypedShell } from "../../support/typed-shell.js";
import { EMPTY_PREVIEW, plannedTopic } from "../../support/server-previews.js";
import { ServerHarness } from "../../support/server-harness.js";

const ID = "a".repeat(32);
const COLLECTION = { database: "default", name: "c" };
const DIFFERENCE: VerifyUpdate = {
  kind: "difference",
  difference: { kind: "missing", collection: COLLECTION, key: 9007199254740993n },
};
const RESULT: VerifyUpdate = {
  kind: "result",
  result: { isEqual: false, isComplete: true, level: "full", collections: [] },
};
const PROGRESS: VerifyUpdate = {
  kind: "progress",
  progress: {
    collection: COLLECTION,
    collectionsDone: 0,
    collectionsTotal: 2,
    comparedRows: 5n,
    differences: 0n,
  },
};

const SWITCHED = {
  kind: "done",
  isPaused: true,
  next: "send clients to the target",
  reverseTaskId: "b".repeat(32),
} as const;

/** Everything that shows something to a program, what it shows, and its exit code. */
const SHOWN: readonly (readonly [args: readonly string[], shown: object, code: number])[] = [
  [["create", "--target", "http://t:1", "--id", ID], { task_id: ID }, 0],
  [["create", "--target", "http://t:1", "--dry-run"], { is_ready: true, channels: ["dml_0"] }, 0],
  [["list"], { tasks: [{ task_id: ID, state: "Running" }] }, 0],
  [["get", ID], { task_id: ID, state: "Running" }, 0],
  [
    ["verify", ID],
    {
      differences: [
        { kind: "KIND_MISSING", database: "default", collection: "c", int_key: "9007199254740993" },
      ],
      result: { is_equal: false, is_complete: true, level: "VERIFY_LEVEL_FULL", collections: [] },
    },
    1,
  ],
  [
    ["switchover", ID],
    {
      is_paused: true,
      next: "send clients to the target",
      drained: "2023-11-14T22:13:20.000Z",
      reverse_task_id: "b".repeat(32),
    },
    1,
  ],
  [
    ["doctor", "--target", "http://127.0.0.1:1"],
    { findings: [{ level: "fault", subject: "source default" }] },
    1,
  ],
  [["context", "list"], { contexts: [] }, 0],
  [["token"], { token: /^mcdc_[\w-]{43}$/, sha256: /^[0-9a-f]{64}$/ }, 0],
];

describe("milvus-cdc --output", function () {
  this.timeout(120_000);

  for (const format of ["json", "yaml"])
    it(`is ${format} and nothing else, of every command that has it`, async () => {
      await using harness = await ServerHarness.start();
      harness.tasks.previewOf = () => ({
        ...EMPTY_PREVIEW,
        topics: [plannedTopic("dml_0")],
      });
      harness.tasks.updates = [PROGRESS, DIFFERENCE, RESULT];
      harness.tasks.switched = SWITCHED;
      for (const [args, shown, code] of SHOWN) {
        const env = {
          MILVUS_CDC_SOURCES_DEFAULT_MILVUS_URI: "http://127.0.0.1:1",
          MILVUS_CDC_TARGET_TOKEN: "s3cret",
        };
        const told = await new CliProgram(harness.url, [...args, "-o", format], "", env).ended();
        assert.equal(told.code, code, `${args.join(" ")}: ${told.err}`);
        assertContains(format === "json" ? JSON.parse(told.out) : parse(told.out), shown);
        assert.doesNotMatch(told.out, /s3cret/);
      }
    });

  it("leaves stdout empty when it was not done", async () => {
    await using harness = await ServerHarness.start();
    for (const command of ["verify", "switchover", "get"]) {
      const { code, out } = await runCli(harness.url, command, ID, "-o", "json");
      assert.deepEqual([code, out], [3, ""], command);
    }
  });

  it("shows progress apart from the answer, in plain lines where there is no terminal", async () => {
    await using harness = await ServerHarness.start();
    await runCli(harness.url, "create", "--target", "http://t:1", "--id", ID);
    harness.tasks.updates = [PROGRESS, DIFFERENCE, RESULT];
    const { out, err } = await runCli(harness.url, "verify", ID);
    assert.equal(err, "default.c (1 of 2): 5 rows compared\n");
    assert.equal(out, "missing: row 9007199254740993 of default.c\nsource and target differ\n");
  });

  it("shows progress as a bar on a terminal, and takes it away before the answer", async () => {
    await using harness = await ServerHarness.start();
    await runCli(harness.url, "create", "--target", "http://t:1", "--id", ID);
    harness.tasks.updates = [PROGRESS, RESULT];
    const args = ["dist/main.js", "verify", ID];
    await using shell = new TypedShell(process.execPath, args, { MILVUS_CDC_SERVER: harness.url });
    assert.equal(await shell.ended(), 1);
    assert.match(
      shell.plainFrom(0),
      /░+ 0\/2 collections {2}default\.c: 5 rows compared.*source and target differ\n$/s,
    );
    assert.doesNotMatch(shell.shown.slice(shell.shown.indexOf("source and")), /collections/);
  });

  it("watches with a line of JSON for each look", async () => {
    await using harness = await ServerHarness.start();
    const program = new CliProgram(harness.url, ["watch", "-o", "json"]);
    await eventually(() => assert.equal(program.out, '{"tasks":[]}\n'), 20_000);
    await runCli(harness.url, "create", "--target", "http://t:1", "--id", ID);
    await eventually(
      () => assert.match(program.out, /^\{"tasks":\[\]\}\n\{"tasks":\[\{"task_id":"a+".*\}\n/),
      20_000,
    );
    program.interrupt();
    assert.equal((await program.ended()).code, 0);
  });
});
