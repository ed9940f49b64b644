import assert from "node:assert/strict";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { AuthRules } from "../../../src/model/caller.js";
import { CliProgram, runCli as run } from "../../support/cli-program.js";
import { eventually } from "../../support/eventually.js";
import { aVerification } from "../../support/metastore-values.js";
import { plannedTopic } from "../../support/server-previews.js";
import { ServerHarness } from "../../support/server-harness.js";
import { retryingObservation } from "../../support/server-observations.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const ID = "a".repeat(32);
const PLANNED = {
  source: { database: "default", name: "a" },
  target: { database: "copy", name: "b" },
  isOnTarget: true,
  channels: [],
  rows: 7n,
  problems: ["has another schema"],
};
const NOBODY = "http://127.0.0.1:1";

describe("milvus-cdc", function () {
  this.timeout(300_000);
  const newPath = temporaryFolder();

  it("makes tokens, shows one to a service that asks for it, and says what a role lacks", async () => {
    const path = newPath("token");
    await mkdir(dirname(path), { recursive: true });
    const { out, code } = await run(NOBODY, "token", "--out", path);
    assert.equal(code, 0);
    const [, sha256 = ""] = /^sha256: ([0-9a-f]{64})\n$/.exec(out) ?? assert.fail(out);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.notEqual((await run(NOBODY, "token", "--out", path)).code, 0, "one that is there stays");
    const auth: AuthRules = {
      tokens: [{ name: "me", role: "operator", sha256 }],
      certificates: [],
      allowAnonymous: false,
      openMetrics: false,
      maxRequestsPerSecond: 100,
    };
    await using harness = await ServerHarness.start({}, { auth });
    const { url } = harness;
    const refused = await run(url, "list");
    assert.deepEqual([refused.code, refused.err.slice(0, 16)], [3, "unauthenticated:"]);
    const create = ["create", "--target", "http://t:19530", "--id", ID, "--token-file", path];
    assert.deepEqual(await run(url, ...create), { code: 0, out: `${ID}\n`, err: "" });
    const env = { MILVUS_CDC_TOKEN: (await readFile(path, "utf8")).trim() };
    const deleted = await new CliProgram(url, ["delete", ID], "", env).ended();
    assert.match(deleted.err, /^permission_denied: .*takes the role admin, and me is operator/);
    assert.equal((await new CliProgram(url, ["pause", ID], "", env).ended()).code, 0);
    const watching = new CliProgram(url, ["watch"], "", env);
    await eventually(() => assert.match(watching.out, /a{32} +Paused/), 20_000);
    await harness.server.reload({ ...auth, tokens: [] });
    const { code: ended, err } = await watching.ended();
    assert.deepEqual([ended, err], [3, "unauthenticated: the token is not known here\n"]);
  });

  it("creates, shows, pauses, resumes and deletes a task", async () => {
    await using harness = await ServerHarness.start();
    const { url, tasks } = harness;
    const env = { MILVUS_CDC_TARGET_TOKEN: "root:s3cret" };
    const args = ["create", "--target", "http://t:19530", "--collections", "a", "b_*", "--exclude", "b_1"];
    const more = ["--start", "latest", "--id", ID, "--verify-every-seconds", "3600"];
    const made = await new CliProgram(url, [...args, ...more], "", env).ended();
    assert.deepEqual(made, { code: 0, out: `${ID}\n`, err: "" });
    const { spec } = tasks.tasks.get(ID) ?? assert.fail();
    assert.deepEqual(
      [spec.connectParam.uri, spec.connectParam.token, spec.collections, spec.excluded, spec.start],
      ["http://t:19530", "root:s3cret", ["a", "b_*"], { "*": ["b_1"] }, { kind: "latest" }],
    );
    tasks.observations.set(ID, retryingObservation("no way"));
    const created = tasks.tasks.get(ID) ?? assert.fail();
    assert.deepEqual(created.spec.verifySchedule?.everySeconds, 3_600);
    tasks.tasks.set(ID, { ...created, lastVerification: aVerification({ outcome: "equal" }) });
    const shown = await run(url, "get", ID);
    assert.match(shown.out, /last verification: 2023-11-14T22:13:20.123Z equal \(full\), \d+ rows compared/);
    assert.match(shown.out, /next verification: 2023-/);
    tasks.tasks.set(ID, { ...created, lastVerification: aVerification({ isRepaired: true }) });
    assert.match(
      (await run(url, "get", ID)).out,
      /differed, and rows were made equal; verify again .*copied \d/,
    );
    const list = await run(url, "list");
    assert.match(list.out, /^TASK +STATE +STATUS +LAG .*\na{32} +Running +retrying +1235 ms /);
    const get = await run(url, "get", ID);
    assert.match(get.out, /last error: .*no way/);
    assert.match(get.out, /default\.a +copy\.b +blocked .* the target has another schema/);
    for (const [command, state] of [
      ["pause", "Paused"],
      ["resume", "Running"],
    ] as const) {
      assert.deepEqual(await run(url, command, ID), { code: 0, out: "", err: "" });
      assert.equal(tasks.tasks.get(ID)?.state, state);
    }
    await run(url, "pause", ID);
    assert.equal((await run(url, "resume", ID, "--resnapshot")).code, 0);
    assert.equal(tasks.lastResume?.resnapshot, true);
    assert.equal((await run(url, "delete", ID)).code, 0);
    assert.equal((await run(url, "list")).out, "there are no tasks\n");
  });

  it("creates a task of some partitions; with a file, they are to be in there", async () => {
    await using harness = await ServerHarness.start();
    const { url, tasks } = harness;
    const args = ["create", "--target", "http://t:19530", "--partitions", "p", "2026_*", "--id", ID];
    assert.equal((await run(url, ...args, "--collections", "a", "b_*")).out, `${ID}\n`);
    const partitions = ["p", "2026_*"];
    assert.deepEqual(tasks.tasks.get(ID)?.spec.collections, [
      { name: "a", partitions },
      { name: "b_*", partitions },
    ]);
    assert.match(
      (await run(url, "create", "--file", "f", "--partitions", "p")).err,
      /partitions in the file/,
    );
  });

  it("takes the documented request from a file or stdin, word for word", async () => {
    await using harness = await ServerHarness.start();
    const request = {
      milvus_connect_param: { host: "t", port: 19530 },
      db_collections: { db: [{ name: "c" }] },
      task_id: ID,
    };
    const file = newPath("request.json");
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(request));
    assert.equal((await run(harness.url, "create", "--file", file, "--paused")).out, `${ID}\n`);
    assert.equal(harness.tasks.tasks.get(ID)?.state, "Initial");
    assert.deepEqual(harness.tasks.tasks.get(ID)?.spec.databases, { db: ["c"] });
    const other = JSON.stringify({ ...request, task_id: "b".repeat(32) });
    const piped = await new CliProgram(harness.url, ["create", "-f", "-"], other).ended();
    assert.equal(piped.out, `${"b".repeat(32)}\n`);
  });

  it("prints the plan of a dry run", async () => {
    await using harness = await ServerHarness.start();
    const right = { objectType: "Collection", objectName: "*", condition: "always" } as const;
    const needed = ["Insert", "Delete"].map((privilege) => ({ ...right, privilege }));
    const later = { ...plannedTopic("requests"), isThere: false };
    const gone = { ...later, channel: "dml_1", problem: "dml_1 is not there" };
    harness.tasks.previewOf = () => ({
      collections: [PLANNED],
      collectionsTotal: 3,
      topics: [plannedTopic("dml_0"), gone, later],
      rights: {
        source: { needed, missing: undefined, reason: "it does not tell" },
        target: { needed, missing: needed.slice(1), reason: "grant Delete" },
      },
      problems: ["no way"],
    });
    const { code, out } = await run(harness.url, "create", "--target", "http://t:1", "--dry-run");
    assert.equal(code, 0);
    assert.deepEqual(out.split("\n"), [
      "COLLECTION  TARGET  ROWS  ON TARGET",
      "default.a   copy.b  7     yes",
      "and 2 more",
      "topics: dml_0",
      "later also topic requests, which comes with the first request",
      "rights on the source: it does not tell; it takes Insert, Delete on Collection *",
      "problem: grant Delete",
      "problem: no way",
      "problem: dml_1 is not there",
      "problem of default.a: has another schema",
      "there are problems",
      "",
    ]);
    assert.equal(harness.tasks.tasks.size, 0);
  });

  it("says why something was not done, with exit code 3", async () => {
    await using harness = await ServerHarness.start();
    const { url } = harness;
    const cases: [readonly string[], string, RegExp][] = [
      [["get", ID], url, /^not_found: there is no task a+/],
      [["pause", ID], url, /^not_found: /],
      [["create", "--target", "ftp://t:1"], url, /^milvus_connect_param\.uri/],
      [["create"], url, /^give --target, or --file/],
      [["create", "--file", "/does/not/exist"], url, /ENOENT/],
      [["list"], NOBODY, /^unavailable: .*127\.0\.0\.1:1/],
      [["create", "--target", "http://t:1"], NOBODY, /fetch failed|bad port|ECONNREFUSED/],
      [["verify", ID], NOBODY, /^unavailable: /],
    ];
    for (const [args, server, said] of cases) {
      const { code, out, err } = await run(server, ...args);
      assert.deepEqual([code, out], [3, ""], args.join(" "));
      assert.match(err, said);
      assert.doesNotMatch(err, /^\s+at /m);
    }
  });

  it("watches until it is interrupted, also a service that does not answer", async () => {
    const harness = await ServerHarness.start();
    const program = new CliProgram(harness.url, ["watch"]);
    await eventually(() => assert.match(program.out, /there are no tasks/), 20_000);
    await run(harness.url, "create", "--target", "http://t:1", "--id", ID);
    await eventually(() => assert.match(program.out, /a{32} +Running/), 20_000);
    await harness[Symbol.asyncDispose]();
    await eventually(() => assert.match(program.out, /the service does not answer/), 20_000);
    program.interrupt();
    assert.equal((await program.ended()).code, 0);
  });

  it("verifies with an exit code of its own for each outcome", async () => {
    await using harness = await ServerHarness.start();
    await run(harness.url, "create", "--target", "http://t:1", "--id", ID);
    for (const [isEqual, isComplete, code] of [
      [true, true, 0],
      [false, true, 1],
      [true, false, 2],
    ] as const) {
      const result = { isEqual, isComplete, level: "counts", collections: [] } as const;
      harness.tasks.updates = [{ kind: "result", result }];
      assert.equal((await run(harness.url, "verify", ID, "--level", "counts")).code, code);
    }
    assert.equal(harness.tasks.lastVerify?.level, "counts");
    const result = { isEqual: true, isComplete: true, level: "full", collections: [] } as const;
    harness.tasks.updates = [{ kind: "result", result }];
    harness.tasks.switched = { kind: "done", isPaused: true, next: "go on", reverseTaskId: "b".repeat(32) };
    const reversed = await run(harness.url, "switchover", ID, "--create-reverse");
    assert.match(reversed.out, /the task is paused: go on\nthe reverse task is b{32}\n$/);
    assert.equal(harness.tasks.lastSwitchover?.createReverse, true);
    harness.tasks.switched = { kind: "done", isPaused: true, next: "send clients to the target" };
    const { code, out } = await run(harness.url, "switchover", ID);
    assert.equal(harness.tasks.lastSwitchover.createReverse, false);
    assert.equal(code, 0);
    assert.match(
      out,
      /^the target has all .* 2023-11-14T22:13:20\.000Z\nsource and target are equal\nthe task is paused: /,
    );
  });
});
