import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import { gzipSync } from "node:zlib";
import { HealthCheckRequestSchema } from "#gen/grpc/health/v1/health_pb.js";
import {
  CdcService,
  CreateTaskRequestSchema,
  GetTaskRequestSchema,
} from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { mutate, randomBytes } from "./fuzz-bytes.js";
import type { Random } from "./random.js";
import { badBodies, createBody } from "./server-bad-bodies.js";

/** A request as it is sent, to one of the service's paths. */
export interface FuzzedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const CDC = `/${CdcService.typeName}/`;
const target = { uri: "http://127.0.0.1:19530", token: "a", connectTimeout: 1 };
const createInit = {
  milvusConnectParam: target,
  collectionInfos: [{ name: "a" }, { name: "b" }],
  dbCollections: { db: { collectionInfos: [{ name: "c" }] } },
  nameMapping: [{ sourceDb: "a", targetDb: "b", collectionMapping: { x: "y" } }],
  taskId: "0".repeat(32),
};
const createRequest = create(CreateTaskRequestSchema, createInit);
const getRequest = create(GetTaskRequestSchema, { taskId: "0".repeat(32) });

const unaryPaths = [
  ...["CreateTask", "ListTasks", "GetTask", "PauseTask", "DeleteTask"].map((name) => CDC + name),
  "/grpc.health.v1.Health/Check",
];
const paths = [...unaryPaths, `${CDC}Nothing`, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"];
const binaries = [
  toBinary(CreateTaskRequestSchema, createRequest),
  toBinary(GetTaskRequestSchema, getRequest),
  toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service: CdcService.typeName })),
  Buffer.alloc(0),
].map((bytes) => Buffer.from(bytes));
const jsons = [
  toJsonString(CreateTaskRequestSchema, createRequest, { useProtoFieldName: true }),
  toJsonString(GetTaskRequestSchema, getRequest),
  "{}",
].map((text) => Buffer.from(text));
const envelopes = [
  createBody({}),
  createBody({ db_collections: { db: [{ name: "a" }] }, name_mapping: [{ source_db: "a", target_db: "b" }] }),
  '{"request_type":"get","request_data":{"task_id":"a"}}',
  '{"request_type":"list"}',
  ...badBodies.map(({ body }) => body).filter((body) => body.length < 2_000),
].map((body) => Buffer.from(body));

/** A request that was fit for one of the protocols before something was done to it, or not. */
export function fuzzedRequest(random: Random): FuzzedRequest {
  const request = random.pick([...UNARY_KINDS, ...FRAMED_KINDS])(random);
  if (random.int(8) > 0) return request;
  const [name, value] = random.pick(ODD_HEADERS);
  return { ...request, headers: { ...request.headers, [name]: value } };
}

/** Requests of HTTP/1.1, one behind the other; the last one asks for the end of the connection. */
export function pipelined(random: Random, count: number): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, i) => {
      const { path, headers, body } = random.pick(UNARY_KINDS)(random);
      const all = {
        host: "a",
        ...headers,
        "content-length": body.length,
        ...(i === count - 1 && { connection: "close" }),
      };
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
      return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n`), body]);
    }),
  );
}

const ODD_HEADERS = [
  ["content-type", "application/grpc+json"],
  ["content-type", "application/grpc-web-text"],
  ["content-type", "application/connect+proto"],
  ["content-type", "application/json; charset=utf-7"],
  ["content-type", ""],
  ["content-encoding", "gzip"],
  ["content-encoding", "br"],
  ["grpc-encoding", "gzip"],
  ["grpc-encoding", "snappy"],
  ["connect-content-encoding", "gzip"],
  ["connect-protocol-version", "99"],
  ["connect-timeout-ms", "-1"],
  ["connect-timeout-ms", "99999999999999999999"],
  ["grpc-timeout", "1Q"],
  ["grpc-timeout", "99999999999H"],
  ["grpc-timeout", ""],
  ["grpc-trace-bin", "%%%"],
  ["accept-encoding", "\t"],
] as const;

const UNARY_KINDS: readonly ((random: Random) => FuzzedRequest)[] = [
  (random) => ({ path: "/cdc", headers: {}, body: changed(random, envelopes) }),
  (random) => rpc(random, "application/json", changed(random, jsons)),
  (random) => rpc(random, "application/proto", changed(random, binaries)),
  (random) => gzipped(random),
];
const FRAMED_KINDS: typeof UNARY_KINDS = [
  (random) =>
    rpc(random, random.pick(["application/grpc", "application/grpc+proto"]), framed(random, binaries)),
  (random) => rpc(random, "application/grpc+json", framed(random, jsons)),
  (random) =>
    rpc(
      random,
      random.pick(["application/grpc-web", "application/grpc-web+proto"]),
      framed(random, binaries),
    ),
  (random) => rpc(random, "application/connect+proto", framed(random, binaries)),
];

function rpc(random: Random, contentType: string, body: Buffer): FuzzedRequest {
  const isFramed = /grpc|connect/.test(contentType);
  return {
    path: random.pick(isFramed ? paths : unaryPaths),
    headers: { "content-type": contentType, te: "trailers" },
    body,
  };
}

function gzipped(random: Random): FuzzedRequest {
  const body = gzipSync(changed(random, jsons));
  const sent = random.int(2) === 0 ? body : mutate(random, body, [body]);
  const request = rpc(random, "application/json", sent);
  return { ...request, headers: { ...request.headers, "content-encoding": "gzip" } };
}

function changed(random: Random, bodies: readonly Buffer[]): Buffer {
  if (random.int(20) === 0) return randomBytes(random, 300);
  return mutate(random, random.pick(bodies), bodies);
}

/** In one of gRPC's frames, or more, whose flags and lengths may be wrong. */
function framed(random: Random, bodies: readonly Buffer[]): Buffer {
  const isWhole = random.int(3) === 0;
  const message = isWhole ? random.pick(bodies) : changed(random, bodies);
  const isCompressed = random.int(6) === 0;
  const payload = isCompressed ? gzipSync(message) : message;
  const head = Buffer.alloc(5);
  head.writeUInt8(random.int(10) === 0 ? random.int(256) : Number(isCompressed));
  head.writeUInt32BE(
    random.int(10) === 0 ? random.pick([0, 1, payload.length + 1, 2 ** 31, 2 ** 32 - 1]) : payload.length,
    1,
  );
  const frame = Buffer.concat([head, payload]);
  if (random.int(10) === 0) return Buffer.concat([frame, frame]);
  return random.int(10) === 0 ? mutate(random, frame, [frame]) : frame;
}
