import { untilAborted } from "../async/abort.js";

/**
 * The messages of a stream until the signal aborts, whose reason is thrown then; `onEnd` is called in any case. What they
 * come from is ended and not waited for: a source that waits for its client would keep the stream open.
 */
export async function* messagesUntil<T>(
  messages: AsyncIterable<T>,
  signal: AbortSignal,
  onEnd: () => void,
): AsyncIterable<T> {
  const iterator = messages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const result = await untilAborted(iterator.next(), signal);
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    onEnd();
    iterator.return?.().catch(() => undefined);
  }
}
