import type { ChannelName } from "../model/ids.js";
import type { RowWriter } from "./row-writer.js";
import type { QueuedRows } from "./shard-queue.js";
import { writeOrName } from "./write-or-name.js";

/** Writes rows whose tick has come, but for those that were sent before it; then they are done. */
export async function writeReleased(
  channel: ChannelName,
  rows: readonly QueuedRows[],
  writer: RowWriter,
): Promise<void> {
  const unsent = rows.filter(({ isSent }) => isSent !== true);
  try {
    await writeOrName(channel, unsent, (some, isRepeated) =>
      writer.write(channel, isRepeated ? some.map((row) => ({ ...row, isReplayed: true })) : some),
    );
  } catch (error) {
    // they stay undone, and nobody keeps them any more
    for (const { pending } of rows) pending.letGo();
    throw error;
  }
  for (const { pending } of rows) pending.done();
}
