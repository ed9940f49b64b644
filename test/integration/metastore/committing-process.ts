// A process that works on a metastore until it is killed, and prints what was promised to it.
//   committing-process.ts PATH TASK        prints `held` once it has the file, then a line per durable commit
//   committing-process.ts PATH             prints `held` and holds the file
// Instead of `held` it prints the error and ends when it cannot have the file.
import { SqliteMetastore } from "../../../src/metastore/sqlite/sqlite-metastore.js";
import type { Metastore } from "../../../src/metastore/metastore.js";
import { aCollection, aProgress, aTask } from "../../support/metastore-values.js";

const channels = Array.from({ length: 20 }, (_, index) => `by-dev-rootcoord-dml_${index}`);

function openMetastore(path: string): Metastore | undefined {
  try {
    return SqliteMetastore.open(path);
  } catch (error) {
    console.log(String(error));
    return undefined;
  }
}

async function commitForEver(store: Metastore, id: string): Promise<never> {
  await store.createTask(aTask({ id }), [], []);
  for (let n = 1; ; n++) {
    const place = BigInt(n);
    await store.saveProgress(
      id,
      channels.map((channel) => aProgress(channel, place)),
    );
    console.log(`progress ${n}`);
    await store.saveCollection(id, aCollection({ id: place }));
    console.log(`collection ${n}`);
    if (!(await store.updateTask(aTask({ id, revision: n + 1 }))))
      throw new Error("another revision is stored");
    console.log(`revision ${n + 1}`);
  }
}

const [path = "", task] = process.argv.slice(2);
const store = openMetastore(path);
if (store !== undefined) {
  console.log("held");
  if (task === undefined) setInterval(() => store, 1000);
  else void commitForEver(store, task);
}
