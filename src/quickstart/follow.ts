import { sleep } from "../async/abort.js";
import { Arrivals, renderArrivals } from "./arrivals.js";
import { CHANGES, type Scene } from "./write-changes.js";
import { productRow } from "./products.js";
import { QuickstartError, textOf } from "./quickstart-error.js";
import { together } from "./together.js";
import { watchArrivals } from "./watch-arrivals.js";

const WRITE_INTERVAL_MS = 1_000;
const PLAIN_LINE_INTERVAL_MS = 10_000;
/** The lag shown is of the last minute's rows. */
const WINDOW = 60;

/** Writes one row a second and shows its lag, until the signal aborts. @throws QuickstartError when a server ends */
export async function follow(
  scene: Scene,
  servers: readonly { readonly name: string; readonly isRunning: boolean }[],
  signal: AbortSignal,
): Promise<void> {
  const arrivals = new Arrivals(WINDOW);
  const troubles = createTroubles(scene);
  const onLook = (): void => {
    checkRunning(servers);
    const summary = arrivals.summary();
    if (summary.arrived === 0) return;
    scene.terminal.live(`one row a second: ${renderArrivals(summary)}`, PLAIN_LINE_INTERVAL_MS);
  };
  await together(
    signal,
    (linked) => writeSlowly(scene, arrivals, troubles, linked),
    (linked) => watchArrivals(scene.target, arrivals, { onLook, onError: troubles }, linked),
  );
}

async function writeSlowly(
  { source }: Scene,
  arrivals: Arrivals,
  onError: (error: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let id = CHANGES.inserted + 1; ; id++) {
    try {
      await source.insert([productRow(id)], signal);
      arrivals.acknowledged([id], performance.now());
    } catch (error) {
      signal.throwIfAborted();
      onError(error);
    }
    await sleep(WRITE_INTERVAL_MS, signal);
  }
}

/** The person tries things out, such as dropping the collection: told, once each, and gone on. */
function createTroubles({ terminal }: Scene): (error: unknown) => void {
  const told = new Set<string>();
  return (error) => {
    const text = textOf(error);
    if (!told.has(text)) terminal.bad(`  ${text}`);
    told.add(text);
  };
}

function checkRunning(servers: Parameters<typeof follow>[1]): void {
  const ended = servers.find(({ isRunning }) => !isRunning);
  if (ended !== undefined) throw new QuickstartError(`${ended.name} has ended, although nobody asked it to`);
}
