import assert from "node:assert/strict";
import { DashboardPage, useBrowser } from "../support/dashboard-page.js";
import { TestCollection } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";

const COLLECTION = "books";

describe("dashboard, over real servers", function () {
  this.timeout(300_000);
  const servers = useSandbox();
  const browser = useBrowser();

  it("leads from an empty page to a task that is verified, through a kill of the service", async () => {
    const { sandbox, source, target, targetUri } = servers();
    const books = new TestCollection(source, COLLECTION);
    await books.createLoaded();
    await books.insert(0, 499);
    await using service = await ServiceProcess.over(sandbox);
    await using shown = await DashboardPage.open(browser(), `http://127.0.0.1:${service.port}/`);
    const { page } = shown;

    await page.getByRole("link", { name: "Create the first task" }).click();
    await page.getByLabel("Target Milvus").fill("http://127.0.0.1:1");
    await shown.sees("cannot reach the target");
    await page.getByLabel("Target Milvus").fill(targetUri);
    await page.getByText("Ready", { exact: true }).waitFor();
    await page.getByRole("rowheader", { name: `default.${COLLECTION}` }).waitFor();
    await page.getByRole("button", { name: "Create and start" }).click();
    await page.getByText("streaming").waitFor();
    await becomesEqual(source, target);

    await page.getByRole("button", { name: "Pause" }).click();
    await shown.sees("paused by request");
    await books.insert(500, 999);
    await page.getByRole("button", { name: "Resume", exact: true }).click();
    await page.getByText("streaming").waitFor();

    await service.end("SIGKILL");
    await shown.sees("No connection to the service since");
    await books.insert(1_000, 1_499);
    await service.launch();
    await page.getByText("No connection to the service since").waitFor({ state: "detached" });
    await becomesEqual(source, target);
    await shown.sees("goes on after a start of the service");

    await page.getByRole("button", { name: "Verify" }).click();
    await shown.sees("Source and target are equal");
    const line = page.getByRole("row", { name: `default.${COLLECTION}` }).last();
    assert.match(await line.innerText(), /1\s500\s+1\s500\s+1\s500/);
    await shown.sees("verified (full): equal, 1 collection, 1500 rows compared");
    await shown.looksWell("real-task");

    await page.getByRole("button", { name: "Delete" }).click();
    const id = /[0-9a-f]{8}/.exec(await page.getByRole("dialog").innerText())?.[0] ?? assert.fail();
    await page.keyboard.type(id);
    await page.keyboard.press("Enter");
    await shown.sees("No tasks yet");
    assert.deepEqual((await service.cdc("list")).body.data, { tasks: [] });
  });
});
