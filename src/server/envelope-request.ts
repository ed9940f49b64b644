import {
  fromJson,
  type DescMethodUnary,
  type JsonObject,
  type JsonValue,
  type Message,
} from "@bufbuild/protobuf";
import { CdcService } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { isObject, withCollectionMessages } from "./db-collections-json.js";
import { findShapeFault } from "./json-shape.js";
import { faultsToText } from "./violations.js";

/** What a body of `POST /cdc` asks for. */
export interface EnvelopeRequest {
  readonly method: DescMethodUnary;
  readonly input: Message;
}

/** A body that asks for nothing we know; its message tells what to send. */
export class EnvelopeRequestError extends Error {
  override readonly name = "EnvelopeRequestError";
}

const methods: ReadonlyMap<string, DescMethodUnary> = new Map<string, DescMethodUnary>([
  ["create", CdcService.method.createTask],
  ["list", CdcService.method.listTasks],
  ["get", CdcService.method.getTask],
  ["pause", CdcService.method.pauseTask],
  ["resume", CdcService.method.resumeTask],
  ["delete", CdcService.method.deleteTask],
  ["position", CdcService.method.getTaskPosition],
]);

const EXAMPLE = '{"request_type": "list", "request_data": {}}';

/** Reads `{"request_type": …, "request_data": …}`. @throws EnvelopeRequestError */
export function readEnvelope(body: JsonValue): EnvelopeRequest {
  if (!isObject(body)) throw new EnvelopeRequestError(`the body must be a JSON object such as ${EXAMPLE}`);
  const method = methodOf(own(body, "request_type"));
  return { method, input: inputOf(method, own(body, "request_data")) };
}

function methodOf(requestType: JsonValue | undefined): DescMethodUnary {
  const method = typeof requestType === "string" ? methods.get(requestType) : undefined;
  if (method !== undefined) return method;
  const known = [...methods.keys()].join(", ");
  throw new EnvelopeRequestError(`request_type ${faultOf(requestType)}; send one of ${known}`);
}

function faultOf(requestType: JsonValue | undefined): string {
  if (requestType === undefined) return "is missing";
  return requestType === "maintenance"
    ? "maintenance is not supported, the configuration's log.level says what is logged"
    : "is unknown";
}

function inputOf(method: DescMethodUnary, requestData: JsonValue = {}): Message {
  if (!isObject(requestData)) throw new EnvelopeRequestError("request_data must be an object, such as {}");
  const json = withCollectionMessages(requestData);
  const fault = findShapeFault(method.input, json);
  if (fault !== undefined) throw new EnvelopeRequestError(faultsToText([fault]));
  try {
    return fromJson(method.input, json, { ignoreUnknownFields: true });
  } catch (cause) {
    // Only for what findShapeFault does not know; protobuf-es's text quotes values.
    throw new EnvelopeRequestError("request_data does not have the documented form", { cause });
  }
}

/** Of the object itself, not of its prototype. */
function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
