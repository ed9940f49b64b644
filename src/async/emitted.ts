import { linkedAbort } from "./abort.js";

export type Emit<T> = (item: T) => void;

/**
 * What an action tells while it runs, in order; ends with it, or throws its error. Who stops listening stops the action.
 * While nobody takes what waits, an item that `replaces` the last one waiting comes into its place.
 */
export async function* emitted<T>(
  action: (emit: Emit<T>, signal: AbortSignal) => Promise<void>,
  replaces: (item: T, last: T) => boolean,
  parent: AbortSignal,
): AsyncGenerator<T, void> {
  const linked = linkedAbort(parent);
  const waiting: T[] = [];
  const state = { isOver: false };
  let wake = (): void => undefined;
  const emit = (item: T): void => {
    const last = waiting.at(-1);
    if (last !== undefined && replaces(item, last)) waiting.pop();
    waiting.push(item);
    wake();
  };
  const running = action(emit, linked.signal).finally(() => {
    state.isOver = true;
    wake();
  });
  running.catch(() => undefined);
  try {
    for (;;) {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next;
      if (state.isOver) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    await running;
  } finally {
    linked.abort(new Error("nobody listens any more"));
    linked.unlink();
    await running.catch(() => undefined);
  }
}
