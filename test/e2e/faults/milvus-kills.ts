import { setTimeout as delay } from "node:timers/promises";
import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import type { Scene } from "./fault.js";
import { revive } from "../../support/revive.js";

// A Milvus 2.3.5 that is killed under load can forget rows that it acknowledged, whoever wrote
// them: with a plain client as the only writer it did so after one kill in eight, and also when it
// had flushed everything a second before. It forgets nothing that it was given time to flush while
// nobody wrote. So each is killed like that; for the service it looks the same as under load.

const LOST_ANSWERS_MS = 400;

/** The service is cut off from a target in the midst of its writes, whose answers are lost, and the target dies. */
export async function killTarget({ servers }: Scene, lastsMs: number): Promise<number> {
  const { target, targetClient, links } = servers;
  links.target.become({ losesAnswers: true });
  await delay(LOST_ANSWERS_MS);
  links.target.become({ isCut: true });
  await flush(targetClient);
  await target.kill();
  await delay(lastsMs);
  await revive(target);
  links.target.heal();
  return performance.now();
}

/** The source dies between two writes; the load goes on at once, and fails until it is back. */
export async function killSource({ servers, load }: Scene, lastsMs: number): Promise<number> {
  const { source, sourceClient } = servers;
  await load.stop();
  await flush(sourceClient);
  await source.kill();
  load.start();
  await delay(lastsMs);
  await revive(source);
  return performance.now();
}

async function flush(client: MilvusClient): Promise<void> {
  const { data } = await client.showCollections();
  await client.flushSync({ collection_names: data.map(({ name }) => name) });
}
