import { readFileSync } from "node:fs";

/** A message of a real server's log, and what its own definitions read from it. */
export interface Golden {
  readonly file: string;
  readonly msgType: number;
  readonly baseTimestamp: string;
  readonly collectionID?: string;
  readonly collectionName?: string;
  readonly partitionName?: string;
  readonly numRows?: string;
  readonly timestamps0?: string;
}

const FOLDER = new URL("../fixtures/milvus-2.3.5/", import.meta.url);

/** Every captured log message; answers of calls and whole batches are left out. */
export function goldens(): readonly Golden[] {
  const index = JSON.parse(readFileSync(new URL("index.json", FOLDER), "utf8")) as readonly (
    Golden | { msgType?: undefined }
  )[];
  return index.filter((entry) => entry.msgType !== undefined);
}

export function goldenBytes(file: string): Uint8Array {
  return readFileSync(new URL(file, FOLDER));
}
