import type { DescFile } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { ServerReflection, type ServerReflectionRequest } from "#gen/grpc/reflection/v1/reflection_pb.js";
import {
  ServerReflection as ServerReflectionAlpha,
  type ServerReflectionRequest as AlphaRequest,
} from "#gen/grpc/reflection/v1alpha/reflection_pb.js";
import type { FileDescriptors } from "./file-descriptors.js";

/** What both versions have; they differ in their types' names alone. */
interface Request {
  readonly host: string;
  readonly messageRequest: (ServerReflectionRequest | AlphaRequest)["messageRequest"];
}

/** Server reflection in the current version and in v1alpha, which older clients still ask first. */
export function addReflection(router: ConnectRouter, files: FileDescriptors): void {
  router.rpc(ServerReflection.method.serverReflectionInfo, async function* (requests) {
    for await (const request of requests) yield { ...respond(request, files), originalRequest: request };
  });
  router.rpc(ServerReflectionAlpha.method.serverReflectionInfo, async function* (requests) {
    for await (const request of requests) yield { ...respond(request, files), originalRequest: request };
  });
}

function respond({ host, messageRequest }: Request, files: FileDescriptors) {
  return { validHost: host, messageResponse: answer(messageRequest, files) };
}

function answer(asked: Request["messageRequest"], files: FileDescriptors) {
  switch (asked.case) {
    case "listServices":
      return listed(files);
    case "fileByFilename":
      return described(files.byName(asked.value), files);
    case "fileContainingSymbol":
      return described(files.bySymbol(asked.value), files);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = asked.value;
      const extension = files.extensionsOf(containingType).find(({ number }) => number === extensionNumber);
      return described(extension?.file, files);
    }
    case "allExtensionNumbersOfType":
      return numbered(asked.value, files);
    case undefined:
      return failed(Code.InvalidArgument, "the request asks for nothing");
  }
}

function listed(files: FileDescriptors) {
  return {
    case: "listServicesResponse",
    value: { service: files.serviceNames.map((name) => ({ name })) },
  } as const;
}

function numbered(baseTypeName: string, files: FileDescriptors) {
  const extensionNumber = files.extensionsOf(baseTypeName).map(({ number }) => number);
  return { case: "allExtensionNumbersResponse", value: { baseTypeName, extensionNumber } } as const;
}

function described(file: DescFile | undefined, files: FileDescriptors) {
  if (file === undefined) return failed(Code.NotFound, "no such file or symbol");
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto: files.serialized(file) } } as const;
}

function failed(errorCode: Code, errorMessage: string) {
  return { case: "errorResponse", value: { errorCode, errorMessage } } as const;
}
