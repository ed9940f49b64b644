import { KafkaBytes } from "./kafka-bytes.js";
import type { Fetched } from "./fetched.js";
import { readBatches } from "./record-batches.js";

/** The first version of the answer whose records are in batches. */
export const FIRST_WITH_BATCHES = 4;

interface Part {
  readonly errorCode: number;
  readonly records: Buffer;
}

/**
 * Reads the answer to a fetch of a version from 4 to 11.
 *
 * @throws Error when it is no such answer, or its records are in a format that is not known
 */
export async function readFetchAnswer(bytes: Buffer, version: number): Promise<Fetched> {
  const reader = new KafkaBytes(bytes);
  reader.int32(); // how long the broker kept the answer back
  const errorCode = version >= 7 ? reader.int16() : 0;
  if (version >= 7) reader.int32(); // of a session, which is never used
  const topics = reader.list(() => ({
    topicName: reader.text(),
    parts: reader.list(() => readPart(reader, version)),
  }));
  const unpacked = { bytes: 0 };
  const responses: Fetched["responses"][number][] = [];
  for (const { topicName, parts } of topics) {
    const partitions = [];
    for (const part of parts)
      partitions.push({ errorCode: part.errorCode, messages: await readBatches(part.records, unpacked) });
    responses.push({ topicName, partitions });
  }
  return { errorCode, responses };
}

function readPart(reader: KafkaBytes, version: number): Part {
  reader.int32(); // its number: there is but one
  const errorCode = reader.int16();
  reader.take(8 + 8); // where readers may read to
  if (version >= 5) reader.take(8); // where the log begins
  reader.list(() => reader.take(8 + 8)); // aborted transactions: Milvus makes none
  if (version >= 11) reader.int32(); // a broker that is nearer
  return { errorCode, records: reader.take(Math.max(0, reader.int32())) };
}
