import { progressOf } from "./progress-of.js";

/** Call in `describe`: tells what a failure may come from, right where it happened. */
export function onFailure(describe: () => string): void {
  afterEach(function () {
    if (this.currentTest?.state === "failed") progressOf(this)(describe());
  });
}
