import { folderSizeBytes } from "./folder-size.js";
import type { Progress } from "./progress.js";

const INTERVAL_MS = 3_000;

/** Work whose stages are told to the user. */
export interface ReportedWork {
  /** Such as "downloading Kafka 3.9.1". */
  readonly what: string;
  /** The folder that grows while the work goes on. */
  readonly folder: string;
  readonly progress: Progress;
}

/** Does the work, telling at its start, every few seconds (with the size so far) and at its end. */
export async function reportWhile<T>(
  { what, folder, progress }: ReportedWork,
  work: () => Promise<T>,
): Promise<T> {
  const startedAtMs = performance.now();
  const report = (state: string, bytes: number): void => {
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    progress(`${what}: ${state}${(bytes / 1e6).toFixed(1)} MB, ${seconds} s`);
  };
  progress(`${what} …`);
  const timer = setInterval(
    () => void folderSizeBytes(folder).then((bytes) => report("", bytes)),
    INTERVAL_MS,
  );
  try {
    const result = await work();
    report("done, ", await folderSizeBytes(folder));
    return result;
  } finally {
    clearInterval(timer);
  }
}
