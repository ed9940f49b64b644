import type { Sandbox } from "../sandbox/sandbox.js";
import { Arrivals } from "./arrivals.js";
import { beginService, beginTask, type BeginOptions } from "./begin-service.js";
import { explainTask } from "./explain-task.js";
import { follow } from "./follow.js";
import { keepLogsOnFailure } from "./keep-logs.js";
import { MilvusSide } from "./milvus-side.js";
import type { QuickstartOptions } from "./options.js";
import { COLLECTION, COLUMNS } from "./products.js";
import { prove } from "./prove.js";
import { textOf } from "./quickstart-error.js";
import { Releases } from "./releases.js";
import { chooseServicePort } from "./service-port.js";
import { checkIsBuilt } from "./service.js";
import { provideServers } from "./servers.js";
import { runStep } from "./step.js";
import type { Terminal } from "./terminal.js";
import { showWhereNext } from "./where-next.js";
import { WorkFolder } from "./work-folder.js";
import { insertAndWatch, upsertAndDelete, type Scene } from "./write-changes.js";

const COLLECTION_TIMEOUT_MS = 60_000;
const CHANGE_TIMEOUT_MS = 30_000;

/**
 * Runs the quickstart to its end; whatever it started is ended when it settles.
 * The logs are kept when a step fails, and where is told.
 *
 * @throws what the failed step threw; the signal's reason when aborted
 */
export async function runQuickstart(
  options: QuickstartOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const { port, isOnce } = options;
  checkIsBuilt();
  if (port !== undefined) await chooseServicePort(port, () => undefined); // taken: known before anything starts
  const folder = await WorkFolder.create();
  const releases = new Releases();
  releases.add(() => folder.release());
  try {
    const sandbox = await provideServers(terminal, signal);
    releases.add(() => sandbox.stop());
    await keepLogsOnFailure({ folder, sandbox, terminal }, signal, () =>
      runOn({ sandbox, folder: folder.path, port, terminal }, isOnce, releases, signal),
    );
  } finally {
    await releases.releaseAll((error) => terminal.bad(`  could not clear up: ${textOf(error)}`));
  }
}

async function runOn(
  begin: BeginOptions,
  isOnce: boolean,
  releases: Releases,
  signal: AbortSignal,
): Promise<void> {
  const { sandbox, terminal } = begin;
  const service = await beginService(begin, signal);
  releases.add(() => service.stop());
  const scene = openScene(sandbox, terminal, releases);
  const taskId = await beginTask(begin, service, signal);
  await explainTask({ service, taskId, terminal, signal }, () => showChanges(scene, signal));
  if (isOnce) {
    terminal.line("Without --once everything keeps running, with addresses and commands to try out.");
    return;
  }
  showWhereNext(terminal, sandbox, service, taskId);
  await follow(scene, [service, sandbox.kafka, sandbox.source, sandbox.target], signal);
}

function openScene(sandbox: Sandbox, terminal: Terminal, releases: Releases): Scene {
  const source = new MilvusSide("source", sandbox.source.uri);
  const target = new MilvusSide("target", sandbox.target.uri);
  releases.add(async () => {
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
  terminal.detail("lag: from the source's acknowledgement until a query on the target sees the row");
  const creating = { what: "creating the collection", timeoutMs: COLLECTION_TIMEOUT_MS, signal };
  await runStep(creating, (bounded) => source.createCollection(bounded));
  await insertAndWatch(scene, signal);
  const changing = { what: "changing and deleting rows", timeoutMs: CHANGE_TIMEOUT_MS, signal };
  await runStep(changing, (bounded) => upsertAndDelete(scene, bounded));
  await prove(scene, signal);
}
