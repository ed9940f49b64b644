import { useEffect, useState } from "preact/hooks";
import { sleep } from "../../async/abort.js";

const POLL_EVERY_MS = 10_000;

/**
 * What `ask` answers, asked again every ten seconds and whenever one of `inputs` changes. The last answer stays while a
 * later one fails: whether the service answers is told by the tasks' stream.
 */
export function usePolled<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  inputs: readonly unknown[],
): T | undefined {
  const [answer, setAnswer] = useState<T>();
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    const poll = async (): Promise<void> => {
      while (!signal.aborted) {
        await ask(signal).then(
          (value) => signal.aborted || setAnswer(value),
          () => undefined,
        );
        await sleep(POLL_EVERY_MS, signal).catch(() => undefined);
      }
    };
    void poll();
    return () => ended.abort();
  }, inputs);
  return answer;
}
