import { ConnectError } from "@connectrpc/connect";
import type { Task } from "#gen/milvus/cdc/v1/task_pb.js";
import { linkedAbort, sleep } from "../../async/abort.js";
import { backoffMs } from "../../async/backoff.js";
import { wholeLooks } from "../../client/whole-looks.js";
import type { CdcClient } from "../client-context.js";

/** Whether what is shown is of now. */
export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "lost"; readonly cause: string; readonly since: Date };

export interface LiveTasks {
  readonly connection: Connection;
  /** Oldest first; undefined before the first answer. */
  readonly tasks: readonly Task[] | undefined;
}

export const NOT_YET: LiveTasks = { connection: { kind: "connecting" }, tasks: undefined };

/** The service says something every ten seconds, if only that nothing has changed. */
const SILENCE_MS = 25_000;
const BACKOFF = { firstMs: 500, maxMs: 5_000 };

/** Shows all tasks whenever they change, and whether that is still so, until the signal aborts. Goes on after any failure. */
export async function followTasks(
  client: Pick<CdcClient, "watchTasks">,
  show: (live: LiveTasks) => void,
  signal: AbortSignal,
): Promise<void> {
  let last: readonly Task[] | undefined;
  let lostSince: Date | undefined;
  let failures = 0;
  while (!signal.aborted) {
    let cause = "the service ended the stream";
    try {
      await follow(client, signal, (tasks) => {
        failures = 0;
        lostSince = undefined;
        last = tasks;
        show({ connection: { kind: "live" }, tasks });
      });
    } catch (error) {
      cause = ConnectError.from(error).rawMessage;
    }
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- it changed while waiting
    if (signal.aborted) return;
    lostSince ??= new Date();
    show({ connection: { kind: "lost", cause, since: lostSince }, tasks: last });
    await sleep(backoffMs(++failures, BACKOFF), signal).catch(() => undefined);
  }
}

/** One stream, to its end. A connection that has died without a word is ended as well. */
async function follow(
  client: Pick<CdcClient, "watchTasks">,
  signal: AbortSignal,
  tell: (tasks: readonly Task[]) => void,
): Promise<void> {
  const limit = linkedAbort(signal);
  const silence = new Error(`the service has been silent for ${SILENCE_MS / 1_000} s`);
  const arm = (): ReturnType<typeof setTimeout> => setTimeout(() => limit.abort(silence), SILENCE_MS);
  let timer = arm();
  try {
    const heard = each(client.watchTasks({}, { signal: limit.signal }), () => {
      clearTimeout(timer);
      timer = arm();
    });
    for await (const tasks of wholeLooks(heard)) tell(tasks);
  } catch (error) {
    throw limit.signal.aborted && !signal.aborted ? silence : error;
  } finally {
    clearTimeout(timer);
    limit.unlink();
  }
}

/** Notes each message as it passes. */
async function* each<T>(stream: AsyncIterable<T>, note: () => void): AsyncGenerator<T, void> {
  for await (const message of stream) {
    note();
    yield message;
  }
}
