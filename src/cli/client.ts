import { readFileSync } from "node:fs";
import { createClient, type Client, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";

export const SERVER_VARIABLE = "MILVUS_CDC_SERVER";
export const DEFAULT_SERVER = "http://127.0.0.1:8444";
/** Holds the caller's token, which is no option: every user of the machine could read one. */
export const CALLER_TOKEN_VARIABLE = "MILVUS_CDC_TOKEN";

export type CdcClient = Client<typeof CdcService>;

/** Where a service is, and who asks it. */
export interface Served {
  readonly server: string;
  readonly tokenFile?: string;
}

/** A client of the service at a URL; connects with the first call. @throws Error when the token cannot be read */
export function clientOf(served: Served): CdcClient {
  const headers = Object.entries(credentials(served));
  const authorize: Interceptor = (next) => (request) => {
    for (const [name, value] of headers) request.header.set(name, value);
    return next(request);
  };
  return createClient(CdcService, createGrpcTransport({ baseUrl: served.server, interceptors: [authorize] }));
}

/** The headers that say who asks; none when there is no token. @throws Error when the token cannot be read */
export function credentials({ tokenFile }: Served): Readonly<Record<string, string>> {
  const text = tokenFile === undefined ? process.env[CALLER_TOKEN_VARIABLE] : readFileSync(tokenFile, "utf8");
  const token = text?.trim() ?? "";
  return token === "" ? {} : { authorization: `Bearer ${token}` };
}
