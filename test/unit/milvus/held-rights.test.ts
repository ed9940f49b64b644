import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from "@grpc/grpc-js";
import { GetVersionResponseSchema } from "#gen/milvus/wire/v1/rpc_pb.js";
import { readHeldRights } from "../../../src/milvus/held-rights.js";
import { SdkClients } from "../../../src/milvus/sdk-clients.js";
import type { MilvusAddress } from "../../../src/model/milvus-address.js";
import type { HeldRights } from "../../../src/model/rights.js";

const never = new AbortController().signal;

/** A Milvus that tells its version, to everybody or to who has credentials. */
class VersionServer implements AsyncDisposable {
  readonly #server = new Server();
  endpoint = "";

  static async start(version: string, hasAuthorization: boolean): Promise<VersionServer> {
    const started = new VersionServer();
    const bytes = (text: Buffer): Buffer => text;
    const answer = toBinary(GetVersionResponseSchema, create(GetVersionResponseSchema, { version }));
    const path = "/milvus.proto.milvus.MilvusService/GetVersion";
    started.#server.addService(
      {
        getVersion: {
          path,
          requestStream: false,
          responseStream: false,
          requestSerialize: bytes,
          requestDeserialize: bytes,
          responseSerialize: bytes,
          responseDeserialize: bytes,
        },
      },
      {
        getVersion: ({ metadata }: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
          const isLetIn = !hasAuthorization || metadata.get("authorization").length > 0;
          if (isLetIn) done(null, Buffer.from(answer));
          else done({ code: status.UNAUTHENTICATED, details: "who are you" });
        },
      },
    );
    const port = await new Promise<number>((resolve, reject) => {
      const credentials = ServerCredentials.createInsecure();
      started.#server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    started.endpoint = `127.0.0.1:${port}`;
    return started;
  }

  held(user: Partial<MilvusAddress>): Promise<HeldRights> {
    const address = { endpoint: this.endpoint, connectTimeoutMs: 1_000, ...user };
    return readHeldRights("target", address, new SdkClients(), never);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
    return Promise.resolve();
  }
}

describe("the rights that a user holds", () => {
  it("are all where nobody is asked, whatever the version", async () => {
    await using server = await VersionServer.start("2.9.9", false);
    assert.deepEqual(await server.held({}), { kind: "all" });
    assert.deepEqual(await server.held({ username: "ann", password: "p" }), { kind: "all" });
  });

  it("are all those of root", async () => {
    await using server = await VersionServer.start("2.3.5", true);
    assert.deepEqual(await server.held({ username: "root", password: "p" }), { kind: "all" });
    assert.deepEqual(await server.held({ token: "root:p" }), { kind: "all" });
  });

  it("cannot be told of a token without a name, of another version, and where nobody answers", async () => {
    const because = async (server: VersionServer, user: Partial<MilvusAddress>): Promise<string> => {
      const held = await server.held(user);
      return held.kind === "unknown" ? held.because : assert.fail(held.kind);
    };
    await using server = await VersionServer.start("2.3.5", true);
    const told = await because(server, { token: "s3cret" });
    assert.equal(told, "a token does not tell whose it is");
    await using newer = await VersionServer.start("v2.5.1", true);
    const user = { username: "ann", password: "s3cret" };
    assert.equal(await because(newer, user), "only the privileges of Milvus 2.3 are known, and it is v2.5.1");
    await newer[Symbol.asyncDispose]();
    assert.match(await because(newer, user), /^GetVersion at the target 127\.0\.0\.1:\d+: (?!.*s3cret)/);
  });

  it("are asked for until the signal aborts", async () => {
    await using server = await VersionServer.start("2.3.5", true);
    const address = { endpoint: server.endpoint, connectTimeoutMs: 1_000, token: "ann:p" };
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(readHeldRights("target", address, new SdkClients(), signal), /enough/);
  });
});
