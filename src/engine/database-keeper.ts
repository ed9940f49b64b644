import { Mutex } from "../async/mutex.js";
import type { TaskId } from "../model/ids.js";
import type { Metastore } from "../metastore/metastore.js";
import type { Applier } from "../sink/applier.js";

/**
 * Databases of the target. Those that the task created are remembered, so that
 * a database which was there before is never dropped.
 */
export class DatabaseKeeper {
  readonly #taskId: TaskId;
  readonly #applier: Applier;
  readonly #metastore: Metastore;
  readonly #mutex = new Mutex();

  constructor(taskId: TaskId, applier: Applier, metastore: Metastore) {
    this.#taskId = taskId;
    this.#applier = applier;
    this.#metastore = metastore;
  }

  /** Makes the target's database when there is none. */
  ensure(database: string, signal: AbortSignal): Promise<void> {
    return this.#mutex.run(async () => {
      if ((await this.#applier.listDatabases(signal)).includes(database)) return;
      await this.#metastore.saveDatabase(this.#taskId, database);
      await this.#applier.createDatabase(database, signal);
    });
  }

  /**
   * Drops those databases of the target that the task made and that are not wanted any more. What has collections in it
   * stays for now: of the target's own, or with partitions of its own.
   */
  dropUnwanted(isWanted: (database: string) => boolean, signal: AbortSignal): Promise<void> {
    return this.#mutex.run(async () => {
      for (const database of await this.#metastore.listDatabases(this.#taskId)) {
        if (isWanted(database) || (await this.#applier.hasCollections(database, signal))) continue;
        await this.#applier.dropDatabase(database, signal);
        await this.#metastore.deleteDatabase(this.#taskId, database);
      }
    });
  }
}
