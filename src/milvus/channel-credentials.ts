import { readFileSync } from "node:fs";
import { credentials, Metadata, type ChannelCredentials } from "@grpc/grpc-js";
import type { MilvusAddress } from "../model/milvus-address.js";

/** Encrypted or not, as the address says. Files are read now, so that a missing one is told at once. */
export function channelCredentials({ tls }: MilvusAddress): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  return credentials.createSsl(read(tls.caPath), read(tls.keyPath), read(tls.certPath));
}

/** The header that authenticates every call: `user:password` or a token, in base64. */
export function authMetadata(address: MilvusAddress): Metadata {
  const metadata = new Metadata();
  const secret = authSecret(address);
  if (secret !== undefined) metadata.set("authorization", Buffer.from(secret).toString("base64"));
  return metadata;
}

function authSecret({ token, username, password }: MilvusAddress): string | undefined {
  if (token !== undefined && token !== "") return token;
  if (username !== undefined && username !== "") return `${username}:${password ?? ""}`;
  return undefined;
}

function read(path: string | undefined): Buffer | null {
  return path === undefined ? null : readFileSync(path);
}
