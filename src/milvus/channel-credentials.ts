import { readFileSync } from "node:fs";
import { credentials, Metadata, type ChannelCredentials } from "@grpc/grpc-js";
import { CdcError } from "../model/errors.js";
import type { MilvusAddress } from "../model/milvus-address.js";

/**
 * Encrypted or not, as the address says. Files are read now, so that a missing one is told at once.
 *
 * @throws CdcError INVALID_ARGUMENT when a file cannot be read, or is not what it should be
 */
export function channelCredentials({ tls }: MilvusAddress): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const [ca, key, cert] = [tls.caPath, tls.keyPath, tls.certPath].map(read);
  try {
    return credentials.createSsl(ca, key, cert);
  } catch (error) {
    const paths = [tls.caPath, tls.keyPath, tls.certPath].filter((path) => path !== undefined);
    throw unusable(paths.join(" and "), error);
  }
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
  try {
    return path === undefined ? null : readFileSync(path);
  } catch (error) {
    throw unusable(path ?? "", error);
  }
}

function unusable(paths: string, error: unknown): CdcError {
  const text = error instanceof Error ? error.message : String(error);
  return new CdcError("INVALID_ARGUMENT", `no use as PEM for TLS, ${paths} (${text})`, {
    cause: error,
    field: "milvus_connect_param.dial_config",
  });
}
