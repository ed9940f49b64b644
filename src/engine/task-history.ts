import type { TaskId } from "../model/ids.js";
import type { CollectionName } from "../model/selection.js";
import type { Metastore } from "../metastore/metastore.js";
import type { Logger } from "../observability/logger.js";

/** Remembers what happens to tasks. It only informs: that something cannot be remembered stops nothing. */
export class TaskHistory {
  readonly #metastore: Pick<Metastore, "addEvent">;
  readonly #logger: Logger;

  constructor(metastore: Pick<Metastore, "addEvent">, logger: Logger) {
    this.#metastore = metastore;
    this.#logger = logger;
  }

  note(id: TaskId, text: string, collection?: CollectionName): void {
    this.#metastore.addEvent(id, { atMs: Date.now(), text, collection }).catch((error: unknown) => {
      this.#logger.warn({ taskId: id, text, err: error }, "event of the task not remembered");
    });
  }
}
