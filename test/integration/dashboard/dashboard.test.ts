import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer, request as httpRequest, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { DashboardPage, useBrowser } from "../../support/dashboard-page.js";
import { plannedTopic } from "../../support/server-previews.js";
import { ServerHarness } from "../../support/server-harness.js";
import { retryingObservation } from "../../support/server-observations.js";
import { staticPages } from "../../../src/server/static-pages.js";
import { CdcError } from "../../../src/model/errors.js";
import type { AuthRules } from "../../../src/model/caller.js";
import type { TaskSpec } from "../../../src/model/task.js";

const RIGHT = { privilege: "Query", objectType: "Collection", objectName: "*", condition: "always" } as const;
const PAGES = "dist/dashboard";
const TASK = `${"0".repeat(31)}1`;
const SPEC: TaskSpec = {
  connectParam: { uri: "http://target:19530", connectTimeoutSeconds: 10 },
  collections: ["*"],
  databases: {},
  excluded: { "*": ["tmp_*"] },
  nameMappings: [{ sourceDatabase: "db1", targetDatabase: "db2", collections: { a: "b" } }],
  start: { kind: "snapshot" },
  loadForSnapshot: true,
  replicateRbac: false,
  earlyApply: true,
};

describe("dashboard", function () {
  this.timeout(180_000);
  const browser = useBrowser();

  function start(port = 0): Promise<ServerHarness> {
    return ServerHarness.start({ port }, { pages: staticPages(PAGES) });
  }

  async function withTask(harness: ServerHarness): Promise<void> {
    await harness.tasks.create(SPEC, { taskId: TASK }, new AbortController().signal);
  }

  function inTrouble({ tasks }: ServerHarness): void {
    tasks.observations.set(TASK, retryingObservation("connect ECONNREFUSED 10.0.0.1:19530"));
    const nowMs = Date.now();
    tasks.sampled.set(
      TASK,
      Array.from({ length: 300 }, (_, i) => ({
        atMs: nowMs - (300 - i) * 10_000,
        lagMs: 300 + 200 * Math.sin(i / 9) + (i > 200 && i < 220 ? 4_000 : 0),
        rowsPerSecond: 1_000 + 300 * Math.cos(i / 20),
        bytesPerSecond: 5e5,
      })),
    );
  }

  it("says how to begin when there is no task", async () => {
    await using harness = await start();
    await using shown = await DashboardPage.open(browser(), harness.url);
    await shown.sees("No tasks yet");
    await shown.looksWell("empty");
    assert.deepEqual(shown.complaints, []);
  });

  for (const [name, options] of [
    ["light", {}],
    ["dark", { colorScheme: "dark" }],
    ["phone", { width: 360 }],
  ] as const)
    it(`shows tasks, and all about one, ${name}`, async () => {
      await using harness = await start();
      await withTask(harness);
      await harness.tasks.create(
        { ...SPEC, connectParam: { uri: "http://other:19530" } },
        { disableAutoStart: true },
        new AbortController().signal,
      );
      inTrouble(harness);
      await using shown = await DashboardPage.open(browser(), harness.url, options);
      await shown.sees("retrying");
      await shown.looksWell(`tasks-${name}`);
      await shown.page.getByRole("link", { name: "http://target:19530" }).click();
      for (const text of ["TARGET_UNAVAILABLE", "user ada is missing on the target", "Lag in seconds", "1 h"])
        await shown.sees(text);
      await shown.sees("the target has another schema");
      await shown.page.getByRole("progressbar").first().waitFor();
      await shown.looksWell(`task-${name}`);
      assert.deepEqual(shown.complaints, []);
    });

  it("follows what changes, without being asked", async () => {
    await using harness = await start();
    await withTask(harness);
    await using shown = await DashboardPage.open(browser(), `${harness.url}/#/tasks/${TASK}`);
    await shown.page.getByRole("button", { name: "Pause" }).waitFor();
    inTrouble(harness);
    await shown.sees("retrying");
    await harness.tasks.delete(TASK);
    await shown.sees("There is no such task");
  });

  it("checks a new task as it is typed, shows its plan, and creates it", async () => {
    await using harness = await start();
    harness.tasks.previewOf = ({ collections, databases }) => ({
      collections: [
        {
          source: { database: "default", name: "books" },
          target: { database: "default", name: "books" },
          isOnTarget: true,
          channels: [],
          rows: 1_234n,
          problems: ["the target's collection has another schema"],
        },
      ],
      collectionsTotal: 1,
      topics: [plannedTopic("by-dev-rootcoord-dml_0")],
      rights: {
        source: { needed: [RIGHT], missing: undefined, reason: "the source does not tell" },
        target: { needed: [RIGHT], missing: [RIGHT], reason: "grant Query on the target" },
      },
      problems: collections.length + Object.keys(databases).length === 0 ? ["nothing is selected"] : [],
    });
    await using shown = await DashboardPage.open(browser(), `${harness.url}/#/new`, { colorScheme: "dark" });
    const { page } = shown;
    await page.getByRole("button", { name: "Create and start" }).click();
    await shown.sees("Give the address of the target Milvus");
    await page.getByLabel("Target Milvus").fill("target:19530");
    await shown.sees("This is no address");
    await page.getByLabel("Target Milvus").fill("http://target:19530");
    await page.getByLabel("Token of the target").fill("root:s3cret");
    await page.getByLabel("Only some").check();
    await page.getByLabel("Collections", { exact: true }).fill("default.books\ndb1.*\nno good");
    await shown.sees("“no good” is no database.collection");
    await shown.looksWell("create-faults");
    await page.getByLabel("Collections", { exact: true }).fill("default.books: 2026_*\ndb1.*");
    await page.getByText("Leave some out").click();
    await page.getByLabel("Without").fill("*.tmp_*");
    await page.getByLabel("Other names on the target").fill("default.books -> default.copies\ndb1 -> db2");
    await shown.sees("the target's collection has another schema");
    await shown.sees("grant Query on the target");
    await page.getByText("What it takes on the source").click();
    await shown.sees("Collection *: Query");
    await page.getByText("Topics", { exact: true }).click();
    await shown.sees("by-dev-rootcoord-dml_0 from offset 42");
    await page.getByLabel("Compare both sides every").fill("0");
    await shown.sees("Give a whole number from 1");
    await page.getByLabel("Compare both sides every").fill("90");
    await page.getByLabel("Compare", { exact: true }).selectOption("every row");
    await page.getByLabel("Rows read in a second").fill("5000");
    await shown.sees("grant Query on the target");
    await shown.looksWell("create-plan");
    await page.getByLabel("Start at once").uncheck();
    assert.equal(harness.tasks.tasks.size, 0);
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("button", { name: "Start" }).waitFor();
    const { spec, state } = [...harness.tasks.tasks.values()][0] ?? assert.fail();
    assert.equal(state, "Initial");
    assert.equal(spec.connectParam.token, "root:s3cret");
    assert.deepEqual(spec.verifySchedule, { everySeconds: 5_400, level: "full", maxRowsPerSecond: 5_000 });
    assert.deepEqual(spec.databases, { default: [{ name: "books", partitions: ["2026_*"] }], db1: ["*"] });
    assert.deepEqual(spec.excluded, { "*": ["tmp_*"] });
    assert.deepEqual(
      spec.nameMappings.map(({ sourceDatabase, targetDatabase, collections }) => [
        sourceDatabase,
        targetDatabase,
        { ...collections },
      ]),
      [
        ["default", "default", { books: "copies" }],
        ["db1", "db2", {}],
      ],
    );
    assert.deepEqual(shown.complaints, []);
  });

  it("shows at the field what the service refuses", async () => {
    await using harness = await start();
    await using shown = await DashboardPage.open(browser(), `${harness.url}/#/new`);
    harness.tasks.previewOf = () => {
      throw new CdcError("TARGET_UNREACHABLE", "cannot reach the target http://target:1", {
        field: "milvus_connect_param",
      });
    };
    await shown.page.getByLabel("Target Milvus").fill("http://target:1");
    await shown.sees("cannot reach the target http://target:1");
    const invalid = await shown.page.getByLabel("Target Milvus").getAttribute("aria-invalid");
    assert.equal(invalid, "true");
  });

  it("pauses, resumes and deletes, by the keyboard alone, and says why something failed", async () => {
    await using harness = await start();
    await withTask(harness);
    await using shown = await DashboardPage.open(browser(), `${harness.url}/#/tasks/${TASK}`);
    const { page } = shown;
    await page.getByRole("button", { name: "Pause" }).press("Enter");
    await page.getByRole("button", { name: "Resume", exact: true }).waitFor();
    await shown.sees("paused by a user");
    const resume = harness.tasks.resume.bind(harness.tasks);
    harness.tasks.resume = () => Promise.reject(new CdcError("SOURCE_UNAVAILABLE", "the source is away"));
    await page.getByRole("button", { name: "Resume", exact: true }).press("Enter");
    await shown.sees("the source is away");
    harness.tasks.resume = resume;
    await page.getByRole("button", { name: "Resume with a new snapshot" }).press("Enter");
    await shown.looksWell("resnapshot");
    await page.getByRole("button", { name: "Copy anew" }).press("Enter");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    assert.deepEqual(harness.tasks.lastResume, { resnapshot: true, skipBlockedRecord: undefined });
    const remove = page.getByRole("button", { name: "Delete" }).first();
    await remove.press("Enter");
    await shown.looksWell("delete");
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    assert.equal(await page.evaluate("document.activeElement.textContent"), "Delete");
    await remove.press("Enter");
    const ask = page.getByRole("dialog");
    assert.ok(await ask.getByRole("button", { name: "Delete" }).isDisabled());
    await page.keyboard.type(TASK.slice(0, 8));
    await page.keyboard.press("Enter");
    await shown.sees("No tasks yet");
    assert.equal(harness.tasks.tasks.size, 0);
  });

  it("verifies, and names what differs", async () => {
    await using harness = await start();
    await withTask(harness);
    const collection = { database: "default", name: "books" };
    harness.tasks.updates = [
      {
        kind: "progress",
        progress: { collection, collectionsDone: 0, collectionsTotal: 1, comparedRows: 5n, differences: 1n },
      },
      { kind: "difference", difference: { kind: "missing", collection, partition: "_default", key: 7n } },
      {
        kind: "result",
        result: {
          isEqual: false,
          isComplete: true,
          level: "sample",
          collections: [
            {
              source: collection,
              target: collection,
              sourceRows: 10n,
              targetRows: 9n,
              comparedRows: 10n,
              missing: 1n,
              extra: 0n,
              differing: 0n,
              duplicated: 0n,
              structure: 0n,
              counts: 0n,
              settled: 0n,
              restless: 0n,
              copied: 0n,
              deleted: 0n,
              problems: [],
            },
          ],
        },
      },
    ];
    await using shown = await DashboardPage.open(browser(), `${harness.url}/#/tasks/${TASK}`);
    await shown.page.getByLabel("Compare").selectOption("a sample of the rows");
    await shown.page.getByRole("button", { name: "Verify" }).click();
    await shown.sees("Source and target differ");
    await shown.sees("missing: row 7 of default.books/_default");
    await shown.looksWell("verified");
    assert.equal(harness.tasks.lastVerify?.level, "sample");
  });

  it("asks who looks at it, keeps the token in the tab, and asks again when it is refused", async () => {
    const token = "t".repeat(40);
    const sha256 = createHash("sha256").update(token).digest("hex");
    const auth: AuthRules = {
      tokens: [{ name: "somebody", role: "reader", sha256 }],
      certificates: [],
      allowAnonymous: false,
      openMetrics: false,
      maxRequestsPerSecond: 100,
    };
    await using harness = await ServerHarness.start({}, { auth, pages: staticPages(PAGES) });
    await withTask(harness);
    await using shown = await DashboardPage.open(browser(), harness.url);
    const { page } = shown;
    const field = page.getByLabel("Token");
    await field.waitFor();
    await shown.looksWell("sign-in");
    await field.fill("wrong");
    await page.keyboard.press("Enter");
    await shown.sees("The service does not know this token.");
    await field.fill(token);
    await page.keyboard.press("Enter");
    await shown.sees("http://target:19530");
    await page.reload();
    await shown.sees("http://target:19530");
    await shown.looksWell("signed-in");
    assert.deepEqual(await page.evaluate("[localStorage.length, document.cookie]"), [0, ""]);
    await harness.server.reload({ ...auth, tokens: [] });
    await page.getByRole("link", { name: "New task" }).click();
    await page.reload();
    await field.waitFor();
    assert.equal(await page.evaluate("sessionStorage.length"), 0);
  });

  it("says that the service is away, and goes on when it is back", async () => {
    const first = await start();
    await withTask(first);
    await using shown = await DashboardPage.open(browser(), first.url);
    await shown.sees("Running");
    const { port } = first;
    await first[Symbol.asyncDispose]();
    await shown.sees("No connection to the service since");
    await shown.sees("Running");
    await shown.looksWell("lost");
    await using second = await start(port);
    await withTask(second);
    await second.tasks.pause(TASK);
    await shown.sees("Paused");
    await shown.page.getByText("No connection to the service").waitFor({ state: "detached" });
  });

  it("works behind a prefix of a proxy", async () => {
    await using harness = await start();
    await withTask(harness);
    const proxy = await stripPrefix("/tools/cdc", harness.port);
    try {
      const { port } = proxy.address() as AddressInfo;
      await using shown = await DashboardPage.open(browser(), `http://127.0.0.1:${port}/tools/cdc/`);
      await shown.page.getByRole("link", { name: "http://target:19530" }).click();
      await shown.page.getByRole("button", { name: "Pause" }).click();
      await shown.page.getByRole("button", { name: "Resume", exact: true }).waitFor();
      assert.deepEqual(shown.complaints, []);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});

/** A proxy that passes on what comes below a prefix, without it. */
async function stripPrefix(prefix: string, port: number): Promise<Server> {
  const proxy = createServer((request, response) => {
    const { url = "/", method, headers } = request;
    if (!url.startsWith(`${prefix}/`)) {
      response.writeHead(404).end();
      return;
    }
    const path = url.slice(prefix.length);
    const onward = httpRequest({ host: "127.0.0.1", port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return proxy;
}
