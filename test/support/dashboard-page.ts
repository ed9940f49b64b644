import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "./chromium.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Where pictures are kept for a person to look at, when one asks for them. */
const PICTURES = process.env["DASHBOARD_PICTURES"];

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** A page of the dashboard in a real browser, and what the browser complained about. */
export class DashboardPage implements AsyncDisposable {
  readonly page: Page;
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
  }

  static async open(
    browser: Browser,
    url: string,
    options: { readonly width?: number; readonly colorScheme?: "dark" | "light" } = {},
  ): Promise<DashboardPage> {
    const { width = 1280, colorScheme = "light" } = options;
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    page.setDefaultTimeout(20_000);
    const opened = new DashboardPage(page);
    await page.goto(url);
    return opened;
  }

  /** Resolves when the text is seen. */
  async sees(text: RegExp | string): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** Asserts that axe finds nothing and nothing is cut off at the side; keeps a picture when it was asked for. */
  async looksWell(name: string): Promise<void> {
    if (PICTURES !== undefined) {
      mkdirSync(PICTURES, { recursive: true });
      await this.page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
    }
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate<Violation[]>("axe.run().then(({ violations }) => violations)");
    assert.deepEqual(
      found.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`),
      [],
      name,
    );
    const excess = await this.page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
    assert.ok(Number(excess) <= 0, `${name} is ${String(excess)} pixels too wide`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.close();
  }
}

/** One browser for a suite. Call in `describe`; the function it returns works in tests. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined;
  before(async function () {
    this.timeout(300_000);
    browser = await launchChromium();
  });
  after(() => browser?.close());
  return () => browser ?? assert.fail("the browser is there from `before` on");
}
