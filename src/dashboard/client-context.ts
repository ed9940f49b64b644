import type { Client } from "@connectrpc/connect";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";

export type CdcClient = Client<typeof CdcService>;

export const ClientContext = createContext<CdcClient | undefined>(undefined);

/** The client of the service that has sent the page. */
export function useClient(): CdcClient {
  const client = useContext(ClientContext);
  if (client === undefined) throw new Error("ClientContext is missing");
  return client;
}
