import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import {
  CdcService,
  VerifyDifference_Kind as Kind,
  type VerifyDifference,
  type VerifyResult,
} from "#gen/milvus/cdc/v1/cdc_service_pb.js";

export interface Verified {
  readonly differences: readonly VerifyDifference[];
  readonly result: VerifyResult;
  readonly progress: number;
}

/** Verifies a task by gRPC, as its users do. */
export async function verify(
  port: number,
  request: Parameters<ReturnType<typeof createClient<typeof CdcService>>["verifyTask"]>[0],
): Promise<Verified> {
  const client = createClient(CdcService, createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` }));
  const differences: VerifyDifference[] = [];
  let progress = 0;
  for await (const { update } of client.verifyTask(request)) {
    if (update.case === "difference") differences.push(update.value);
    else if (update.case === "progress") progress++;
    else if (update.case === "result") return { differences, result: update.value, progress };
  }
  throw new Error("the stream ended without a result");
}

/** Each difference in a few words, sorted. */
export function inWords({ differences }: Verified): string[] {
  return differences
    .map(({ kind, collection, key, columns, object, detail }) =>
      [
        Kind[kind].toLowerCase(),
        collection,
        object ?? key.value,
        ...columns,
        ...(object === undefined ? [] : [detail ?? ""]),
      ]
        .join(" ")
        .trim(),
    )
    .sort();
}
