import assert from "node:assert/strict";
import type { TaskId } from "../../src/model/ids.js";
import type { TaskSpec } from "../../src/model/task.js";
import type { FakeCollection } from "./engine-fake-source.js";
import { rows } from "./engine-harness.js";
import { ManagerHarness } from "./engine-manager-harness.js";

export const MINUTE = 60_000;
export const CHANNELS = ["c0", "c1"] as const;

/** A task that was paused, or failed, while the log lost what came then. */
export class Scene extends ManagerHarness {
  id: TaskId = "";

  constructor(loadForSnapshot = true, changes: Partial<TaskSpec> = {}) {
    super({ loadForSnapshot, ...changes }, CHANNELS);
    this.h.source.pass(60 * MINUTE);
  }

  /** A loaded collection with rows that is replicated. */
  async replicated(name: string, keys: readonly number[]): Promise<FakeCollection> {
    const { h } = this;
    const c = h.source.create(name, CHANNELS);
    c.isLoaded = true;
    h.source.insert(c, rows(keys));
    h.source.flush();
    if (this.id === "") this.id = await this.manager.create(h.task.spec, {}, new AbortController().signal);
    h.source.upsert(c, rows(keys));
    h.source.flush();
    await h.until(`${name} is there`, () => h.target.table(name)?.isLoaded === true);
    await h.until("its rows are", () => h.target.rows(name).length === keys.length);
    return c;
  }

  async pause(): Promise<void> {
    await this.h.time.advance(1_000);
    await this.h.time.whenDone("it is paused", this.manager.pause(this.id));
  }

  /** The log loses all that it holds. */
  expire(): void {
    this.h.source.flush();
    this.h.source.pass(10 * MINUTE);
    for (const { channel, end } of this.h.source.log.ranges()) this.h.source.log.expire(channel, end);
  }

  async failsAsExpired(): Promise<void> {
    await this.manager.resume(this.id);
    await this.h.until("it failed", async () => (await this.state(this.id)) === "Failed");
    assert.match((await this.manager.get(this.id)).task.reason ?? "", /^POSITION_EXPIRED: .*`resnapshot`/);
  }

  async resnapshot(): Promise<void> {
    await this.h.time.whenDone("it is resumed", this.manager.resume(this.id, { resnapshot: true }));
  }

  async becomesEqual(): Promise<void> {
    const { h } = this;
    await h.flowing("all is copied", async () => {
      const { observation } = await this.manager.get(this.id);
      const all = observation?.collections ?? [];
      return (
        all.length === h.source.collections.size &&
        all.every(({ phase, copy }) => phase === "streaming" && copy === undefined)
      );
    });
    await h.flowing("all has its place", () => {
      const names = [...h.source.collections.values()].map(({ name }) => `${name.database}.${name.name}`);
      return names.sort().join() === [...h.target.tables.keys()].sort().join();
    });
    h.source.flush();
    await h.time.advance(12_000);
    for (const { name, partitions } of h.source.collections.values()) {
      assert.deepEqual(h.target.rows(name.name), h.source.rows(name.name));
      assert.deepEqual(
        [...h.target.table(name.name)!.partitions.keys()].sort(),
        [...partitions.keys()].sort(),
      );
    }
  }
}
