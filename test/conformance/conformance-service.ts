import { setTimeout as sleep } from "node:timers/promises";
import {
  fromJson,
  toJson,
  type DescMessage,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type FileRegistry,
  type JsonValue,
  type Message,
} from "@bufbuild/protobuf";
import { AnySchema, anyUnpack } from "@bufbuild/protobuf/wkt";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type HandlerContext,
  type MethodImpl,
} from "@connectrpc/connect";

const PACKAGE = "connectrpc.conformance.v1";

/** The parts of a request's JSON that say how to answer. */
interface Definition {
  readonly responseHeaders?: readonly Header[];
  readonly responseTrailers?: readonly Header[];
  readonly responseData?: string | readonly string[];
  readonly responseDelayMs?: number;
  readonly error?: {
    readonly code: string;
    readonly message?: string;
    readonly details?: readonly JsonValue[];
  };
}

interface Header {
  readonly name: string;
  readonly value?: readonly string[];
}

/** The service of the referee, as its documents want it, for the kinds of calls that ours has. */
export function conformanceRoutes(registry: FileRegistry): (router: ConnectRouter) => void {
  const methods = registry.getService(`${PACKAGE}.ConformanceService`)?.methods ?? [];
  return (router) => {
    for (const method of methods) {
      if (method.name === "Unimplemented") continue;
      if (isUnary(method)) router.rpc(method, unary(registry, method));
      if (isServerStream(method)) router.rpc(method, serverStream(registry, method));
    }
  };
}

function isUnary(method: DescMethod): method is DescMethod & DescMethodUnary {
  return method.methodKind === "unary";
}

function isServerStream(method: DescMethod): method is DescMethod & DescMethodServerStreaming {
  return method.methodKind === "server_streaming";
}

function unary(registry: FileRegistry, { input, output }: DescMethodUnary): MethodImpl<DescMethodUnary> {
  return async (request, context) => {
    const { definition, requestInfo } = begin(registry, input, request, context);
    await sleep(definition.responseDelayMs ?? 0);
    if (definition.error !== undefined) throw errorOf(registry, definition.error, requestInfo);
    const { responseData: data = "" } = definition;
    return fromJson(output, { payload: { data: data as string, requestInfo } }, { registry });
  };
}

function serverStream(
  registry: FileRegistry,
  { input, output }: DescMethodServerStreaming,
): MethodImpl<DescMethodServerStreaming> {
  return async function* (request, context) {
    const { definition, requestInfo } = begin(registry, input, request, context);
    const all = (definition.responseData ?? []) as readonly string[];
    for (const [i, data] of all.entries()) {
      await sleep(definition.responseDelayMs ?? 0);
      yield fromJson(output, { payload: i === 0 ? { data, requestInfo } : { data } }, { registry });
    }
    if (definition.error === undefined) return;
    throw errorOf(registry, definition.error, all.length === 0 ? requestInfo : undefined);
  };
}

/** Sets headers and trailers; answers what was asked for, and what is to be told of the request. */
function begin(registry: FileRegistry, desc: DescMessage, request: Message, context: HandlerContext) {
  const json = toJson(desc, request, { registry }) as Record<string, JsonValue>;
  const definition = (json["responseDefinition"] ?? {}) as Definition;
  for (const { name, value = [] } of definition.responseHeaders ?? [])
    for (const one of value) context.responseHeader.append(name, one);
  for (const { name, value = [] } of definition.responseTrailers ?? [])
    for (const one of value) context.responseTrailer.append(name, one);
  const timeoutMs = context.timeoutMs();
  const requestInfo: JsonValue = {
    requestHeaders: Array.from(context.requestHeader, ([name, value]) => ({ name, value: [value] })),
    requests: [{ "@type": `type.googleapis.com/${desc.typeName}`, ...json }],
    ...(timeoutMs !== undefined && { timeoutMs: String(Math.round(timeoutMs)) }),
    ...(context.requestMethod === "GET" && { connectGetInfo: { queryParams: queryOf(context) } }),
  };
  return { definition, requestInfo };
}

function queryOf({ url }: HandlerContext): JsonValue {
  return Array.from(new URL(url).searchParams, ([name, value]) => ({ name, value: [value] }));
}

function errorOf(
  registry: FileRegistry,
  { code, message, details = [] }: NonNullable<Definition["error"]>,
  requestInfo: JsonValue | undefined,
): ConnectError {
  const info = { "@type": `type.googleapis.com/${PACKAGE}.ConformancePayload.RequestInfo` };
  const all = requestInfo === undefined ? details : [...details, { ...info, ...(requestInfo as object) }];
  const unpacked = all.map((detail) => {
    const value = anyUnpack(fromJson(AnySchema, detail, { registry }), registry);
    const desc = value && registry.getMessage(value.$typeName);
    if (value === undefined || desc === undefined) throw new Error("a detail of unknown type");
    return { desc, value: { ...value } };
  });
  return new ConnectError(message ?? "", codeOf(code), undefined, unpacked);
}

/** `CODE_NOT_FOUND` is NotFound. */
function codeOf(name: string): Code {
  const words = name.replace("CODE_", "").toLowerCase().split("_");
  const key = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return Code[key as keyof typeof Code];
}
