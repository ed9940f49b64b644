import { Client, type Metadata } from "@grpc/grpc-js";
import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import {
  AllocTimestampRequestSchema,
  AllocTimestampResponseSchema,
  CreateCollectionRequestSchema,
  DeleteRequestSchema,
  DescribeCollectionRequestSchema,
  DescribeCollectionResponseSchema,
  GetVersionRequestSchema,
  GetVersionResponseSchema,
  MutationResultSchema,
  QueryRequestSchema,
  QueryResultsSchema,
  type DescribeCollectionResponse,
} from "#gen/milvus/wire/v1/rpc_pb.js";
import { StatusSchema, type Status } from "#gen/milvus/wire/v1/schema_pb.js";
import type { HybridTs } from "../model/ids.js";
import type { MilvusAddress } from "../model/milvus-address.js";
import { authMetadata, channelCredentials } from "./channel-credentials.js";
import { grpcTarget } from "./checked-names.js";
import { encodeRows, type RowsRequest } from "./encode-rows.js";
import {
  errorOfCall,
  errorOfStatus,
  isMissing,
  isSuccess,
  type MilvusSide,
  type MilvusStatus,
} from "./milvus-errors.js";

/** Single inserts of 1.4 to 5.3 s happen on a healthy server, so deadlines are generous. */
const WRITE_TIMEOUT_MS = 60_000;
const READ_TIMEOUT_MS = 15_000;
const QUERY_TIMEOUT_MS = 60_000;
/** About a page of rows. With http2's own 64 KiB, the server waits for us a hundred times in an answer of that size. */
const RECEIVE_WINDOW_BYTES = 8 << 20;

/**
 * The calls of MilvusService that carry opaque bytes, over a connection of
 * their own. Every method throws a CdcError named after the side.
 */
export class MilvusRpc {
  readonly #side: MilvusSide;
  readonly #address: MilvusAddress;
  readonly #client: Client;
  readonly #metadata: Metadata;

  constructor(side: MilvusSide, address: MilvusAddress) {
    this.#side = side;
    this.#address = address;
    this.#metadata = authMetadata(address);
    const { target, options } = grpcTarget(address);
    this.#client = new Client(target, channelCredentials(address), {
      ...options,
      "grpc.max_receive_message_length": -1,
      "grpc-node.flow_control_window": RECEIVE_WINDOW_BYTES,
      "grpc.max_send_message_length": -1,
      "grpc.keepalive_time_ms": 10_000,
      "grpc.keepalive_timeout_ms": 5_000,
      "grpc.max_reconnect_backoff_ms": 2_000,
      "grpc.initial_reconnect_backoff_ms": 100,
      // two clients of one process must not share a connection: a stuck write would hold up reads
      "grpc.use_local_subchannel_pool": 1,
      ...(address.tls?.serverName !== undefined && {
        "grpc.ssl_target_name_override": address.tls.serverName,
      }),
    });
  }

  close(): void {
    this.#client.close();
  }

  async insert(request: RowsRequest, signal: AbortSignal): Promise<void> {
    await this.#writeRows("Insert", request, signal);
  }

  /** Replaces rows of equal keys, or adds them. */
  async upsert(request: RowsRequest, signal: AbortSignal): Promise<void> {
    await this.#writeRows("Upsert", request, signal);
  }

  /** Deletes what an expression names; an empty partition means all of them. */
  async delete(
    request: { database: string; collection: string; partition: string; expr: string },
    signal: AbortSignal,
  ): Promise<void> {
    const init = {
      dbName: request.database,
      collectionName: request.collection,
      partitionName: request.partition,
    };
    const result = await this.#call(
      "Delete",
      DeleteRequestSchema,
      { ...init, expr: request.expr },
      MutationResultSchema,
      WRITE_TIMEOUT_MS,
      signal,
    );
    this.#check("Delete", result.status);
  }

  async createCollection(
    init: MessageInitShape<typeof CreateCollectionRequestSchema>,
    signal: AbortSignal,
  ): Promise<void> {
    const status = await this.#call(
      "CreateCollection",
      CreateCollectionRequestSchema,
      init,
      StatusSchema,
      WRITE_TIMEOUT_MS,
      signal,
    );
    this.#check("CreateCollection", status);
  }

  /** By name; undefined when there is none. */
  async describeCollection(
    { database, name }: { database: string; name: string },
    signal: AbortSignal,
  ): Promise<DescribeCollectionResponse | undefined> {
    const response = await this.#call(
      "DescribeCollection",
      DescribeCollectionRequestSchema,
      { dbName: database, collectionName: name },
      DescribeCollectionResponseSchema,
      READ_TIMEOUT_MS,
      signal,
    );
    if (isMissing(statusOf(response.status))) return undefined;
    this.#check("DescribeCollection", response.status);
    return response;
  }

  /** The server's version: a call that every Milvus answers to whoever may use it. */
  async getVersion(signal: AbortSignal): Promise<string> {
    const response = await this.#call(
      "GetVersion",
      GetVersionRequestSchema,
      {},
      GetVersionResponseSchema,
      READ_TIMEOUT_MS,
      signal,
    );
    this.#check("GetVersion", response.status);
    return response.version;
  }

  /** Rows as serialized FieldData, one for each column; none at all when there are no rows. */
  async query(
    init: MessageInitShape<typeof QueryRequestSchema>,
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]> {
    const result = await this.#call(
      "Query",
      QueryRequestSchema,
      init,
      QueryResultsSchema,
      QUERY_TIMEOUT_MS,
      signal,
    );
    this.#check("Query", result.status);
    return result.fieldsData;
  }

  /** The server's time: later than that of everything acknowledged before the call. */
  async allocTimestamp(signal: AbortSignal): Promise<HybridTs> {
    const response = await this.#call(
      "AllocTimestamp",
      AllocTimestampRequestSchema,
      {},
      AllocTimestampResponseSchema,
      READ_TIMEOUT_MS,
      signal,
    );
    this.#check("AllocTimestamp", response.status);
    return response.timestamp;
  }

  async #writeRows(call: "Insert" | "Upsert", request: RowsRequest, signal: AbortSignal): Promise<void> {
    const encode = (): Buffer => encodeRows(request);
    const result = await this.#send(call, encode, MutationResultSchema, WRITE_TIMEOUT_MS, signal);
    this.#check(call, result.status);
  }

  #check(call: string, status: Status | undefined): void {
    const known = statusOf(status);
    if (!isSuccess(known)) throw errorOfStatus(this.#side, call, known);
  }

  #call<I extends DescMessage, O extends DescMessage>(
    method: string,
    input: I,
    init: MessageInitShape<I>,
    output: O,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<MessageShape<O>> {
    const encode = (): Buffer => asBuffer(toBinary(input, create(input, init)));
    return this.#send(method, encode, output, timeoutMs, signal);
  }

  #send<O extends DescMessage>(
    method: string,
    encode: () => Buffer,
    output: O,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<MessageShape<O>> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const call = this.#client.makeUnaryRequest<undefined, MessageShape<O>>(
        `/milvus.proto.milvus.MilvusService/${method}`,
        encode,
        (bytes) => fromBinary(output, bytes, { readUnknownFields: false }),
        undefined,
        this.#metadata,
        { deadline: Date.now() + timeoutMs },
        (error, value) => {
          signal.removeEventListener("abort", onAbort);
          if (value !== undefined) resolve(value);
          else reject(errorOfCall(this.#side, method, this.#address.endpoint, error));
        },
      );
      const onAbort = (): void => call.cancel();
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}

function statusOf(status: Status | undefined): MilvusStatus {
  return {
    code: status?.code ?? 0,
    errorCode: status?.errorCode ?? 0,
    reason: status?.reason ?? "",
    retriable: status?.retriable ?? false,
  };
}

/** A view, not a copy: requests have megabytes. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
