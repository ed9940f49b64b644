import { createClient, type Client } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";

export const SERVER_VARIABLE = "MILVUS_CDC_SERVER";
export const DEFAULT_SERVER = "http://127.0.0.1:8444";

export type CdcClient = Client<typeof CdcService>;

/** A client of the service at a URL; connects with the first call. */
export function clientOf(server: string): CdcClient {
  return createClient(CdcService, createGrpcTransport({ baseUrl: server }));
}
