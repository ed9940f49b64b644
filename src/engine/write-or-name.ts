import { CdcError } from "../model/errors.js";
import type { ChannelName } from "../model/ids.js";

type Write<E> = (records: readonly E[], isRepeated: boolean) => Promise<void>;

/**
 * Writes records of one channel together. When their content keeps them from being written, they are
 * halved until the error names the first one at fault; those before it are written then.
 *
 * @throws CdcError, with its `record` when one is at fault
 */
export async function writeOrName<E extends { readonly offset: bigint }>(
  channel: ChannelName,
  records: readonly E[],
  write: Write<E>,
): Promise<void> {
  try {
    await write(records, false);
  } catch (error) {
    await writeHalves(channel, records, write, error);
  }
}

async function writeHalves<E extends { readonly offset: bigint }>(
  channel: ChannelName,
  records: readonly E[],
  write: Write<E>,
  error: unknown,
): Promise<void> {
  const [first, ...others] = records;
  if (first === undefined || !isOfContent(error)) throw error;
  if (others.length === 0) throw named(error, channel, first.offset);
  const middle = records.length >> 1;
  for (const half of [records.slice(0, middle), records.slice(middle)]) {
    try {
      await write(half, true);
    } catch (failure) {
      await writeHalves(channel, half, write, failure);
    }
  }
}

function named(error: CdcError, channel: ChannelName, offset: bigint): CdcError {
  const text = `record ${offset} of ${channel}: ${error.message}`;
  return new CdcError(error.code, text, { cause: error, record: { channel, offset } });
}

/** Whether the error may be that of a single record. */
function isOfContent(error: unknown): error is CdcError {
  return (
    error instanceof CdcError && (error.code === "TARGET_REJECTED" || error.code === "RECORD_UNREADABLE")
  );
}
