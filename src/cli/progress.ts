import { Presets, SingleBar } from "cli-progress";
import type { VerifyProgress } from "#gen/milvus/cdc/v1/cdc_service_pb.js";

/** Where progress is shown. */
export interface ProgressScreen extends NodeJS.WritableStream {
  readonly isTTY?: boolean | undefined;
}

/** Shows how far a comparison is. Not on stdout: there, only the answer is. */
export interface ShownProgress {
  show(progress: VerifyProgress): void;
  /** Takes the bar away, so that other lines can follow; the next progress brings it back. */
  clear(): void;
}

/** A bar on a terminal, else a line for each. */
export function showProgress(screen: ProgressScreen): ShownProgress {
  return screen.isTTY === true ? terminalBar(screen) : plainLines(screen);
}

function plainLines(screen: ProgressScreen): ShownProgress {
  return {
    show: (progress) => {
      const { collectionsDone, collectionsTotal } = progress;
      screen.write(
        `${placeOf(progress)} (${collectionsDone + 1} of ${collectionsTotal}): ${comparedOf(progress)}\n`,
      );
    },
    clear: () => undefined,
  };
}

function terminalBar(screen: ProgressScreen): ShownProgress {
  const format = "{bar} {value}/{total} collections  {place}: {compared}";
  const options = { stream: screen, format, clearOnComplete: true, barsize: 24, linewrap: false };
  const bar = new SingleBar(options, Presets.shades_classic);
  return {
    show: (progress) => {
      const { collectionsDone, collectionsTotal } = progress;
      const texts = { place: placeOf(progress), compared: comparedOf(progress) };
      if (bar.isActive) bar.update(collectionsDone, texts);
      else bar.start(collectionsTotal, collectionsDone, texts);
    },
    clear: () => bar.stop(),
  };
}

function placeOf({ database, collection }: VerifyProgress): string {
  return `${database}.${collection}`;
}

function comparedOf({ comparedRows, differences }: VerifyProgress): string {
  return `${comparedRows} rows compared${differences === 0n ? "" : `, ${differences} differences`}`;
}
