import type { CollectionView } from "../../src/engine/task-view.js";
import type { FakeCollection } from "./engine-fake-source.js";
import { rows, type EngineHarness, type Run } from "./engine-harness.js";

/** A collection that is loaded, with rows in its default partition. */
export function filled(h: EngineHarness, name: string, keys: readonly number[]): FakeCollection {
  const c = h.source.create(
    name,
    h.source.log.ranges().map(({ channel }) => channel),
  );
  c.isLoaded = true;
  h.source.insert(c, rows(keys));
  h.source.flush();
  return c;
}

/** A collection in the channel c0 with one row, whose value is the collection's first name. */
export function created(h: EngineHarness, name: string, database = "default"): FakeCollection {
  const c = h.source.create(name, ["c0"], database);
  h.source.insert(c, rows([1], `of ${name}`));
  h.source.flush();
  return c;
}

/** By the source's present name. */
export function viewOf({ runner }: Run, name: string): CollectionView | undefined {
  return runner.observe().collections.find(({ collection }) => collection.source.name === name);
}

export function reasonOf(run: Run, name: string): string | undefined {
  return viewOf(run, name)?.reason;
}

/** Waits until all existing rows of these collections are on the target. */
export function copied(h: EngineHarness, run: Run, ...names: readonly string[]): Promise<void> {
  return h.flowing(`${names.join()} copied`, () =>
    names.every((name) => {
      const view = viewOf(run, name);
      return view !== undefined && view.phase === "streaming" && view.copy === undefined;
    }),
  );
}

/** How many pages of its rows were read. */
export function pagesRead(h: EngineHarness, name: string): number {
  return h.faults.seen.filter((operation) => operation === `read-page ${name}`).length;
}

/** Names of the target's collections, with their databases. */
export function tables(h: EngineHarness): readonly string[] {
  return [...h.target.tables.keys()].sort();
}
