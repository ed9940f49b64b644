/** The messages of a stream, each shown to `look` before it goes on; what that throws ends the stream. */
export async function* eachMessage<T>(
  messages: AsyncIterable<T>,
  look: (message: T) => void,
): AsyncIterable<T> {
  for await (const message of messages) {
    look(message);
    yield message;
  }
}
