import type * as sdk from "@zilliz/milvus2-sdk-node";
import { shareDefinitions } from "./shared-definitions.js";

/** What Milvus's SDK exports. */
export type Sdk = typeof sdk;

/**
 * A call with a client of the SDK. Whatever it needs of the SDK itself is given to it: imported, it would be loaded at
 * the start, and as the SDK brings along what writes Parquet files, that takes as long as all else together.
 */
export type SdkCall<A> = (client: sdk.MilvusClient, sdk: Sdk) => Promise<A>;

let loaded: Promise<Sdk> | undefined;

/** Loads it with the first call. */
export function loadSdk(): Promise<Sdk> {
  return (loaded ??= load());
}

async function load(): Promise<Sdk> {
  shareDefinitions();
  return import("@zilliz/milvus2-sdk-node");
}
