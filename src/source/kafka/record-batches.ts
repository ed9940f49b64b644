import { decompressor } from "./decompress.js";
import { KafkaBytes } from "./kafka-bytes.js";
import type { FetchedMessage } from "./fetched.js";

/** Offset and length of a batch, which every version has. */
const PREFIX_BYTES = 12;
/** What all of a batch's records share, up to their number. */
const HEADER_BYTES = 49;
/** The format since Kafka 0.11. */
const MAGIC = 2;

/** Milvus writes batches of up to 10,000. Each costs some hundred bytes of memory, however small it is. */
const MAX_RECORDS = 200_000;
/** What is unpacked of one answer; the rest is asked for again. */
const MAX_ANSWER_BYTES = 16 << 20;

const COMPRESSION_MASK = 0x07;
const IS_LOG_APPEND_TIME = 0x08;
const IS_CONTROL = 0x20;

/** How much of one answer has been unpacked. */
export interface Unpacked {
  bytes: number;
}

interface Batch {
  readonly base: bigint;
  readonly last: bigint;
  readonly attributes: number;
  readonly firstTimestamp: bigint;
  readonly maxTimestamp: bigint;
  readonly count: number;
  readonly records: Buffer;
}

/**
 * The messages of a channel's part of an answer; what was cut off at its end is left out, and what would be too much at
 * once. kafkajs's own reader has no bounds: a batch can unpack to gigabytes, and one that is broken would be
 * asked for again for ever. Here it is one unreadable message.
 *
 * @throws Error when the records are in a format or compression that is not known
 */
export async function readBatches(bytes: Buffer, unpacked: Unpacked): Promise<FetchedMessage[]> {
  const messages: FetchedMessage[] = [];
  const reader = new KafkaBytes(bytes);
  while (reader.left >= PREFIX_BYTES && unpacked.bytes < MAX_ANSWER_BYTES) {
    const base = reader.int64();
    const length = reader.int32();
    if (length > reader.left) break;
    const batch = readHeader(base, reader.take(length));
    // one by one: arguments of a call are limited
    for (const message of await readRecords(batch, unpacked)) messages.push(message);
  }
  return messages;
}

function readHeader(base: bigint, bytes: Buffer): Batch {
  const magic = bytes.readInt8(4);
  if (magic !== MAGIC)
    throw new Error(`records in Kafka's format ${magic}, of before 0.11, are not supported`);
  const header = new KafkaBytes(bytes.subarray(9, HEADER_BYTES));
  const attributes = header.int16();
  const last = base + BigInt(header.int32());
  const [firstTimestamp, maxTimestamp] = [header.int64(), header.int64()];
  const count = bytes.readInt32BE(HEADER_BYTES - 4);
  const records = bytes.subarray(HEADER_BYTES);
  return { base, last, attributes, firstTimestamp, maxTimestamp, count, records };
}

async function readRecords(batch: Batch, unpacked: Unpacked): Promise<readonly FetchedMessage[]> {
  const compression = batch.attributes & COMPRESSION_MASK;
  const decompress = compression === 0 ? (data: Buffer) => data : decompressor(compression);
  if (decompress === undefined)
    throw new Error(
      `records in Kafka's compression ${compression} are not supported; use zstd, gzip or none`,
    );
  try {
    if (batch.count > MAX_RECORDS) throw new RangeError(`more than ${MAX_RECORDS} records`);
    const reader = new KafkaBytes(await decompress(batch.records));
    unpacked.bytes += reader.left;
    const messages: FetchedMessage[] = [];
    for (let i = 0; i < batch.count; i++) messages.push(readRecord(reader, batch));
    // one whose records are gone still has its place in the log
    return messages.length > 0 ? messages : [placeholder(batch)];
  } catch (cause) {
    const text = `a batch of ${batch.count} records, up to offset ${batch.last}, cannot be unpacked`;
    return [{ ...placeholder(batch), unreadable: new Error(text, { cause }) }];
  }
}

function readRecord(batchReader: KafkaBytes, batch: Batch): FetchedMessage {
  const reader = new KafkaBytes(batchReader.take(Number(batchReader.varint())));
  reader.int8();
  const created = batch.firstTimestamp + reader.varint();
  const offset = batch.base + reader.varint();
  reader.varBytes();
  // its headers follow, which nobody needs
  const value = reader.varBytes();
  const isAppendTime = (batch.attributes & IS_LOG_APPEND_TIME) !== 0;
  return {
    offset: offset.toString(),
    timestamp: (isAppendTime ? batch.maxTimestamp : created).toString(),
    value,
    isControlRecord: (batch.attributes & IS_CONTROL) !== 0,
  };
}

function placeholder({ last, maxTimestamp }: Batch): FetchedMessage {
  return { offset: last.toString(), timestamp: maxTimestamp.toString(), value: null };
}
