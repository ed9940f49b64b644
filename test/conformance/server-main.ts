/**
 * Serves the referee's service as ours is served: by the same port, guards, handlers and interceptors. What is to be
 * started is read from stdin, and where it listens is told on stdout, each a message behind its length.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileRegistry, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createConnectRouter } from "@connectrpc/connect";
import { compressionGzip } from "@connectrpc/connect-node";
import { AccessGuard } from "../../src/server/auth/guard-access.js";
import { boundRequests } from "../../src/server/bound-requests.js";
import { callDeadline } from "../../src/server/call-deadline.js";
import { endStreams } from "../../src/server/end-streams.js";
import { guardRequests } from "../../src/server/guard-requests.js";
import { mapErrors } from "../../src/server/map-errors.js";
import { PortListener } from "../../src/server/port-listener.js";
import { createRequestRouter } from "../../src/server/request-router.js";
import { createRpcHandler } from "../../src/server/rpc-handler.js";
import { defaultLimits, type TlsOptions } from "../../src/server/server-options.js";
import { takeTurns } from "../../src/server/take-turns.js";
import { readTlsFiles } from "../../src/server/tls-files.js";
import { conformanceRoutes } from "./conformance-service.js";

const PACKAGE = "connectrpc.conformance.v1";
const [, , descriptors = ""] = process.argv;
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));

/** The referee's ServerCompatRequest, as JSON. */
interface CompatRequest {
  readonly useTls?: boolean;
  readonly messageReceiveLimit?: number;
  readonly serverCreds?: { readonly cert: string; readonly key: string };
  readonly clientTlsCert?: string;
}

function messageOf(name: string) {
  const desc = registry.getMessage(`${PACKAGE}.${name}`);
  if (desc === undefined) throw new Error(`${descriptors} has no ${name}`);
  return desc;
}

async function readRequest(): Promise<CompatRequest> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < 4 || bytes.length < 4 + bytes.readUInt32BE()) {
    const [chunk] = (await once(process.stdin, "data")) as [Buffer];
    bytes = Buffer.concat([bytes, chunk]);
  }
  const desc = messageOf("ServerCompatRequest");
  return toJson(desc, fromBinary(desc, bytes.subarray(4))) as CompatRequest;
}

async function tlsOf({ useTls, serverCreds, clientTlsCert }: CompatRequest): Promise<TlsOptions | undefined> {
  if (useTls !== true || serverCreds === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "conformance-"));
  const fileOf = async (name: string, base64: string): Promise<string> => {
    await writeFile(join(folder, name), Buffer.from(base64, "base64"));
    return join(folder, name);
  };
  return {
    certPath: await fileOf("cert.pem", serverCreds.cert),
    keyPath: await fileOf("key.pem", serverCreds.key),
    caPath: clientTlsCert === undefined ? undefined : await fileOf("ca.pem", clientTlsCert),
  };
}

const request = await readRequest();
const limits = { ...defaultLimits, maxBodyBytes: request.messageReceiveLimit ?? defaultLimits.maxBodyBytes };
const onRefused = () => undefined;
const logger = { debug: () => undefined, info: () => undefined, error: () => undefined };
/** The referee is nobody that is asked who it is. */
const access = new AccessGuard(undefined, () => true, onRefused);
const router = createConnectRouter({
  interceptors: [
    takeTurns(),
    mapErrors(logger),
    callDeadline(limits.callDeadlineMs),
    endStreams(new AbortController().signal),
  ],
  readMaxBytes: limits.maxBodyBytes,
  acceptCompression: [compressionGzip],
  jsonOptions: { registry },
});
conformanceRoutes(registry)(router);
const routes = new Map(
  router.handlers.map((rpc) => [rpc.requestPath, createRpcHandler(rpc, limits, logger, access.context)]),
);
const streaming = router.handlers.filter(({ method }) => method.methodKind !== "unary");
const streams = new Set(streaming.map(({ requestPath }) => requestPath));
const bounded = boundRequests(createRequestRouter(routes), limits.maxInFlight, onRefused);
const handler = guardRequests(bounded, { limits, streams, logger, onRefused });
const tls = await tlsOf(request);
const listener = new PortListener(limits, handler, tls && (await readTlsFiles(tls)), onRefused);
const { host, port } = await listener.listen("127.0.0.1", 0);
const answer = messageOf("ServerCompatResponse");
const pemCert = request.serverCreds && { pemCert: request.serverCreds.cert };
const bytes = Buffer.from(toBinary(answer, fromJson(answer, { host, port, ...pemCert })));
const length = Buffer.alloc(4);
length.writeUInt32BE(bytes.length);
process.stdout.write(Buffer.concat([length, bytes]));
