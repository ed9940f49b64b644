import { readFile } from "node:fs/promises";
import type * as https from "node:https";
import { createSecureContext } from "node:tls";
import { CdcError } from "../model/errors.js";
import type { TlsOptions } from "./server-options.js";

/**
 * The certificate and key of a server, and whom its clients have to be signed by.
 *
 * @throws CdcError LISTEN_FAILED when they cannot be read or are no use
 */
export async function readTlsFiles({ certPath, keyPath, caPath }: TlsOptions): Promise<https.ServerOptions> {
  try {
    const [cert, key, ca] = await Promise.all([
      readFile(certPath),
      readFile(keyPath),
      caPath === undefined ? undefined : readFile(caPath),
    ]);
    createSecureContext({ cert, key, ca });
    const clients = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true };
    return { cert, key, ...clients, ALPNProtocols: ["h2", "http/1.1"], minVersion: "TLSv1.2" };
  } catch (cause) {
    throw new CdcError("LISTEN_FAILED", "cannot use the files of `listen.tls`", { cause });
  }
}
