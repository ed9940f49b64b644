import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";

/** A client of @grpc/grpc-js straight from our descriptors, so that another gRPC than Connect's is the referee. */
export class GrpcJsClient implements Disposable {
  readonly #client: grpc.Client;

  constructor(address: string, credentials = grpc.credentials.createInsecure()) {
    this.#client = new grpc.Client(address, credentials);
  }

  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest<MessageShape<I>, MessageShape<O>>(
        `/${method.parent.typeName}/${method.name}`,
        (message) => Buffer.from(toBinary(method.input, message)),
        (bytes) => fromBinary(method.output, bytes),
        create(method.input, request),
        (error, response) => {
          if (response === undefined) reject(error ?? new Error("no response"));
          else resolve(response);
        },
      );
    });
  }

  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
  ): GrpcJsStream<MessageShape<O>> {
    const call = this.#client.makeServerStreamRequest<MessageShape<I>, MessageShape<O>>(
      `/${method.parent.typeName}/${method.name}`,
      (message) => Buffer.from(toBinary(method.input, message)),
      (bytes) => fromBinary(method.output, bytes),
      create(method.input, request),
    );
    // A listener of its own, so that a cancelled call is not an unheard error.
    call.on("error", () => undefined);
    return {
      messages: messagesOf<MessageShape<O>>(call),
      code: new Promise((resolve) => call.once("status", ({ code }: grpc.StatusObject) => resolve(code))),
      cancel: () => call.cancel(),
    };
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** A server stream: what comes, and the status it ends with. */
export interface GrpcJsStream<T> {
  readonly messages: AsyncGenerator<T, undefined>;
  readonly code: Promise<number>;
  readonly cancel: () => void;
}

async function* messagesOf<T>(call: grpc.ClientReadableStream<T>): AsyncGenerator<T, undefined> {
  for await (const message of call) yield message as T;
  return undefined;
}

/** The error of a call that has to fail. */
export async function serviceError(call: Promise<unknown>): Promise<grpc.ServiceError> {
  const error: unknown = await call.then(
    () => new Error("the call succeeded"),
    (reason: unknown) => reason,
  );
  if (error instanceof Error && isServiceError(error)) return error;
  throw error;
}

function isServiceError(error: Error): error is grpc.ServiceError {
  return "code" in error && "details" in error && "metadata" in error;
}
