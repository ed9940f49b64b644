import { CdcError } from "../model/errors.js";
import type { ChannelName } from "../model/ids.js";

/**
 * Writes records of one channel together. When their content keeps them from being written, each is
 * written alone, so that the error names the first one at fault; those before it are written then.
 *
 * @throws CdcError, with its `record` when one is at fault
 */
export async function writeOrName<E extends { readonly offset: bigint }>(
  channel: ChannelName,
  records: readonly E[],
  write: (records: readonly E[], isRepeated: boolean) => Promise<void>,
): Promise<void> {
  try {
    await write(records, false);
  } catch (error) {
    if (!isOfContent(error)) throw error;
    const [first, ...others] = records;
    if (first !== undefined && others.length === 0) throw named(error, channel, first.offset);
    for (const record of records) await writeAlone(channel, record, write);
  }
}

async function writeAlone<E extends { readonly offset: bigint }>(
  channel: ChannelName,
  record: E,
  write: (records: readonly E[], isRepeated: boolean) => Promise<void>,
): Promise<void> {
  try {
    await write([record], true);
  } catch (error) {
    throw isOfContent(error) ? named(error, channel, record.offset) : error;
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
