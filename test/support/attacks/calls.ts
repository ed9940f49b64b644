import { create, toBinary, toJsonString, type DescMethod } from "@bufbuild/protobuf";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { ServerReflection } from "#gen/grpc/reflection/v1/reflection_pb.js";
import { bearer, framed, plain, second, SERVICE, type Attack, type Door } from "./attack.js";

const UNKNOWN = /^401 |"grpc-status":"16"/;
const DENIED = /^403 |"grpc-status":"7"|"code":"permission_denied"|permission_denied|grpc-status: ?7/;

type Protocol = "connect" | "gRPC" | "gRPC-Web";

/** One call of a method, by a protocol, with credentials or none. */
function call(
  door: Door,
  method: DescMethod,
  fields: object,
  protocol: Protocol,
  headers: Record<string, string>,
) {
  const message = create(method.input, { taskId: door.taskId, ...fields });
  const path = `/${method.parent.typeName}/${method.name}`;
  const isStream = method.methodKind !== "unary";
  if (protocol === "connect" && !isStream)
    return plain(door, path, {
      headers: { "content-type": "application/json", ...headers },
      body: toJsonString(method.input, message),
    });
  const types = {
    connect: "application/connect+proto",
    gRPC: "application/grpc",
    "gRPC-Web": "application/grpc-web+proto",
  };
  const body = framed(toBinary(method.input, message));
  return second(door, { ":path": path, "content-type": types[protocol], te: "trailers", ...headers }, body);
}

const protocols: readonly Protocol[] = ["connect", "gRPC", "gRPC-Web"];

/** Every method, by every protocol, by nobody and by somebody with a token that is none. */
const unknown: readonly Attack[] = protocols.flatMap((protocol) =>
  [...CdcService.methods, ServerReflection.method.serverReflectionInfo].flatMap((method) =>
    [{}, bearer("x".repeat(43))].map((headers: Record<string, string>, at) => ({
      name: `${method.name} by ${protocol} ${at === 0 ? "without a token" : "with a wrong one"}`,
      attempt: (door: Door) => call(door, method, {}, protocol, headers),
      refusal: UNKNOWN,
    })),
  ),
);

const target = { milvusConnectParam: { uri: "http://127.0.0.1:1" }, collectionInfos: [{ name: "*" }] };
const { method } = CdcService;

/** What takes more than the role, with what makes an allowed call another one. */
const beyond: readonly (readonly ["operator" | "reader", DescMethod, object])[] = [
  ["reader", method.createTask, target],
  ["reader", method.createTask, { ...target, validateOnly: true }],
  ["reader", method.pauseTask, {}],
  ["reader", method.resumeTask, {}],
  ["reader", method.deleteTask, {}],
  ["reader", method.deleteTask, { ignoreNotFound: true }],
  ["reader", method.verifyTask, {}],
  ["reader", method.switchoverTask, {}],
  ["reader", method.listBlockedRecords, {}],
  ["operator", method.deleteTask, {}],
  ["operator", method.resumeTask, { skipBlockedRecord: true }],
  ["operator", method.verifyTask, { repair: true }],
];

const escalation: readonly Attack[] = protocols.flatMap((protocol) =>
  beyond.map(([role, one, fields]) => ({
    name: `${one.name} ${JSON.stringify(Object.keys(fields))} by ${protocol} as ${role}`,
    attempt: (door: Door) => call(door, one, fields, protocol, bearer(door.tokens[role])),
    refusal: DENIED,
  })),
);

function envelope(role: "operator" | "reader", type: string, more: object): Attack {
  return {
    name: `/cdc ${type} ${JSON.stringify(more)} as ${role}`,
    attempt: (door) =>
      plain(door, "/cdc", {
        headers: bearer(door.tokens[role]),
        body: JSON.stringify({ request_type: type, request_data: { task_id: door.taskId, ...more } }),
      }),
    refusal: /^403 .*takes the role/,
  };
}

const envelopes: readonly Attack[] = [
  envelope("reader", "create", {
    milvus_connect_param: { uri: "http://h:1" },
    collection_infos: [{ name: "*" }],
  }),
  envelope("reader", "pause", {}),
  envelope("reader", "resume", {}),
  envelope("reader", "delete", {}),
  envelope("operator", "delete", {}),
  envelope("operator", "resume", { skip_blocked_record: true }),
  envelope("operator", "resume", { skipBlockedRecord: true }),
];

/** A method may be called by GET only when it changes nothing. */
const byGet: readonly Attack[] = ["CreateTask", "DeleteTask", "PauseTask"].map((name) => ({
  name: `${name} by GET`,
  attempt: (door) => {
    const message = encodeURIComponent(JSON.stringify({ taskId: door.taskId }));
    const path = `/${SERVICE}/${name}?connect=v1&encoding=json&message=${message}`;
    return plain(door, path, { method: "GET", headers: bearer(door.tokens.operator) });
  },
  refusal: /^405 /,
}));

export const callAttacks: readonly Attack[] = [...unknown, ...escalation, ...envelopes, ...byGet];
