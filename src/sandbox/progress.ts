/** Receives one line of progress, without a line feed. */
export type Progress = (line: string) => void;

/** Puts the seconds since its own creation in front of each line. */
export function createTimedProgress(progress: Progress): Progress {
  const startedAtMs = performance.now();
  return (line) => {
    const elapsedSeconds = (performance.now() - startedAtMs) / 1000;
    progress(`${elapsedSeconds.toFixed(1).padStart(6)}s ${line}`);
  };
}
