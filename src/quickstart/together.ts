import { linkedAbort } from "../async/abort.js";

/** Does several things at the same time. When one fails, the others are aborted and waited for. */
export async function together(
  parent: AbortSignal,
  ...actions: readonly ((signal: AbortSignal) => Promise<void>)[]
): Promise<void> {
  const linked = linkedAbort(parent);
  const running = actions.map((action) => action(linked.signal));
  try {
    await Promise.all(running);
  } finally {
    linked.abort();
    await Promise.allSettled(running);
    linked.unlink();
  }
}
