import type { Sandbox } from "../sandbox/sandbox.js";
import { Arrivals } from "./arrivals.js";
import { beginService, beginTask, type BeginOptions } from "./begin-service.js";
import { follow } from "./follow.js";
import { MilvusSide } from "./milvus-side.js";
import type { QuickstartOptions } from "./options.js";
import { COLLECTION, COLUMNS } from "./products.js";
import { prove } from "./prove.js";
import { chooseServicePort } from "./service-port.js";
import { provideServers } from "./servers.js";
import { runStep } from "./step.js";
import { explainTask } from "./explain-task.js";
import type { Terminal } from "./terminal.js";
import { showWhereNext } from "./where-next.js";
import { createWorkFolder, removeWorkFolder, saveLogs } from "./work-folder.js";
import { insertAndWatch, upsertAndDelete, type Scene } from "./write-changes.js";

const COLLECTION_TIMEOUT_MS = 60_000;
const CHANGE_TIMEOUT_MS = 30_000;

/** Something that runs and has to be ended. */
type Release = () => Promise<void>;

/**
 * Runs the quickstart to its end; whatever it started is ended when it settles.
 * The logs are kept when it fails, and where is told.
 *
 * @throws what the failed step threw; the signal's reason when aborted
 */
export async function runQuickstart(
  options: QuickstartOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  if (options.port !== undefined) await chooseServicePort(options.port, () => undefined); // taken: known before anything starts
  const releases: Release[] = [];
  const folder = await createWorkFolder();
  let sandbox: Sandbox | undefined;
  try {
    sandbox = await provideServers(terminal, signal);
    releases.push(sandbox[Symbol.asyncDispose]);
    await runOn({ sandbox, folder, port: options.port, terminal }, options.isOnce, releases, signal);
  } catch (error) {
    if (sandbox === undefined || signal.aborted) releases.unshift(() => removeWorkFolder(folder));
    else await keepLogs(terminal, folder, sandbox);
    throw error;
  } finally {
    for (const release of releases.reverse()) await release();
  }
  await removeWorkFolder(folder);
}

async function runOn(
  begin: BeginOptions,
  isOnce: boolean,
  releases: Release[],
  signal: AbortSignal,
): Promise<void> {
  const { sandbox, terminal } = begin;
  const service = await beginService(begin, signal);
  releases.push(() => service.stop());
  const scene = openScene(sandbox, terminal, releases);
  const taskId = await beginTask(begin, service, signal);
  await explainTask({ service, taskId, terminal, signal }, () => showChanges(scene, signal));
  if (isOnce)
    return terminal.line("Without --once everything keeps running, with addresses and commands to try out.");
  showWhereNext(terminal, sandbox, service, taskId);
  await follow(scene, [service, sandbox.kafka, sandbox.source, sandbox.target], signal);
}

function openScene(sandbox: Sandbox, terminal: Terminal, releases: Release[]): Scene {
  const source = new MilvusSide("source", sandbox.source.uri);
  const target = new MilvusSide("target", sandbox.target.uri);
  releases.push(async () => {
    await Promise.all([source.close(), target.close()]);
  });
  return { source, target, terminal, arrivals: new Arrivals() };
}

async function showChanges(scene: Scene, signal: AbortSignal): Promise<void> {
  const { source, terminal } = scene;
  terminal.heading(
    `4. Changes on the source: collection "${COLLECTION}", created, indexed (HNSW) and loaded`,
  );
  terminal.detail(COLUMNS);
  const creating = { what: "creating the collection", timeoutMs: COLLECTION_TIMEOUT_MS, signal };
  await runStep(creating, (bounded) => source.createCollection(bounded));
  await insertAndWatch(scene, signal);
  const changing = { what: "changing and deleting rows", timeoutMs: CHANGE_TIMEOUT_MS, signal };
  await runStep(changing, (bounded) => upsertAndDelete(scene, bounded));
  await prove(scene, signal);
}

async function keepLogs(terminal: Terminal, folder: string, sandbox: Sandbox): Promise<void> {
  await saveLogs(folder, sandbox);
  terminal.line(`  the logs of the service, Kafka and both Milvus are kept in ${folder}`);
}
