import { toJson, type DescMessage, type JsonObject, type JsonValue, type Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  GetTaskPositionResponseSchema,
  GetTaskResponseSchema,
  ListTasksResponseSchema,
} from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { documentedPath, isObject, withCollectionArrays } from "./db-collections-json.js";

/** An answer of `POST /cdc`: the HTTP status, which is the body's `code` as well. */
export interface EnvelopeAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

/** `{"code": 200, "data": …}` */
export function successAnswer(desc: DescMessage, message: Message): EnvelopeAnswer {
  const json = toJson(desc, message, { useProtoFieldName: true });
  return { status: 200, body: { code: 200, data: dataOf(desc, isObject(json) ? json : {}) } };
}

/** `{"code": …, "message": …}` */
export function failureAnswer(status: number, message: string): EnvelopeAnswer {
  return { status, body: { code: status, message: documentedPath(message) } };
}

/** What a failed call answers. */
export function answerFromError(error: unknown): EnvelopeAnswer {
  const { code, rawMessage } = ConnectError.from(error, Code.Internal);
  return failureAnswer(statusOf(code), rawMessage);
}

/** Proto JSON leaves empty lists out, the documented answers don't; and they write Task with a capital. */
function dataOf(desc: DescMessage, json: JsonObject): JsonObject {
  switch (desc.typeName) {
    case GetTaskResponseSchema.typeName:
      return { Task: documentedTask(json.task ?? {}) };
    case ListTasksResponseSchema.typeName:
      return { tasks: listOf(json.tasks).map(documentedTask) };
    case GetTaskPositionResponseSchema.typeName:
      return { positions: listOf(json.positions) };
    default:
      return json;
  }
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function documentedTask(task: JsonValue): JsonValue {
  return isObject(task) ? withCollectionArrays(task) : task;
}

/** The statuses that the envelope documents; others of Connect's would puzzle its clients. */
function statusOf(code: Code): number {
  switch (code) {
    case Code.InvalidArgument:
    case Code.OutOfRange:
      return 400;
    case Code.Unauthenticated:
      return 401;
    case Code.PermissionDenied:
      return 403;
    case Code.NotFound:
    case Code.Unimplemented:
      return 404;
    case Code.FailedPrecondition:
    case Code.AlreadyExists:
    case Code.Aborted:
      return 409;
    case Code.ResourceExhausted:
      return 429;
    case Code.Unavailable:
    case Code.DeadlineExceeded:
    case Code.Canceled:
      return 503;
    case Code.Internal:
    case Code.Unknown:
    case Code.DataLoss:
      return 500;
  }
}
