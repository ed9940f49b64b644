import assert from "node:assert/strict";
import { promisify, type MilvusClient } from "@zilliz/milvus2-sdk-node";
import { MILVUS_CALLS } from "../../src/model/milvus-calls.js";
import { neededRights } from "../../src/model/rights.js";
import type { TaskSpec } from "../../src/model/task.js";
import { startKafka, type KafkaServer } from "../../src/sandbox/kafka.js";
import { startMilvus, type MilvusServer } from "../../src/sandbox/milvus.js";
import { TestCollection } from "../support/e2e-collection.js";
import { becomesEqual } from "../support/e2e-compare.js";
import { check } from "../support/e2e-load.js";
import { ServiceProcess, type Reply } from "../support/e2e-service.js";
import {
  connectAs,
  createUser,
  createUserWith,
  operate,
  roleOf,
  ROOT_USER,
  type User,
} from "../support/e2e-users.js";
import { grant } from "../support/engine-fake-access.js";
import { eventually } from "../support/eventually.js";
import { onFailure } from "../support/on-failure.js";
import { verify } from "../support/verify-client.js";

const SPEC: TaskSpec = {
  connectParam: {},
  collections: ["*"],
  databases: {},
  nameMappings: [],
  start: { kind: "snapshot" },
  loadForSnapshot: true,
  replicateRbac: true,
};
interface Planned {
  readonly is_ready?: boolean;
  readonly topics?: readonly { readonly name: string; readonly is_there?: boolean }[];
  readonly source_rights: PlannedRights;
  readonly target_rights: PlannedRights;
}

interface PlannedRights {
  readonly verdict: string;
  readonly reason?: string;
  readonly rights: readonly { readonly privilege: string; readonly is_missing?: boolean }[];
}

describe("the rights that a task takes, on servers that ask for them", function () {
  this.timeout(300_000);
  const opened: AsyncDisposable[] = [];
  const open = <T extends AsyncDisposable>(one: T): T => {
    opened.push(one);
    return one;
  };
  let kafka: KafkaServer;
  let servers: Record<"source" | "target", MilvusServer>;
  let admins: Record<"source" | "target", MilvusClient>;
  let users: Record<"source" | "target", User>;
  let service: ServiceProcess;

  before(async function () {
    this.timeout(600_000);
    kafka = open(await startKafka());
    const [source, target] = await Promise.all([
      startMilvus({ name: "source", kafka, hasAuthorization: true }),
      startMilvus({ name: "target", hasAuthorization: true }),
    ]);
    servers = { source: open(source), target: open(target) };
    admins = { source: connectAs(source, ROOT_USER), target: connectAs(target, ROOT_USER) };
    for (const admin of Object.values(admins)) await takeFromEverybody(admin);
    users = { source: await userOf("source", "cdc_reader"), target: await userOf("target", "cdc_writer") };
    const milvus = { uri: source.uri, ...users.source };
    const config = { sources: { default: { milvus, kafka: { brokers: kafka.brokers } } } };
    service = open(await ServiceProcess.start({ sourceUri: source.uri, brokers: kafka.brokers }, { config }));
  });
  after(async () => {
    await Promise.all(Object.values(admins).map((admin) => admin.closeConnection()));
    for (const one of opened.reverse()) await one[Symbol.asyncDispose]();
  });
  onFailure(() => service.lastLines);

  /** What everybody may do on a fresh server, an operator may have taken away. */
  async function takeFromEverybody(admin: MilvusClient): Promise<void> {
    const { entities } = await admin.listGrants({ roleName: "public" });
    assert.ok(entities.length > 0);
    for (const { object, object_name, grantor, db_name } of entities) {
      const one = { objectType: object.name, objectName: object_name, privilege: grantor.privilege.name };
      await operate(admin, { ...one, role: "public", database: db_name }, "Revoke");
    }
  }

  /** A user with what the list has, and nothing else. */
  function userOf(side: "source" | "target", username: string): Promise<User> {
    const role = roleOf({ username });
    const grants = neededRights(SPEC, side).map((right) => ({ ...right, role, database: "default" }));
    return createUserWith(admins[side], username, grants);
  }

  async function planned(changes: Record<string, unknown> = {}): Promise<Reply> {
    return service.cdc("create", { ...request(), validate_only: true, ...changes });
  }

  function request(): Record<string, unknown> {
    const milvus_connect_param = { uri: servers.target.uri, ...users.target };
    return { milvus_connect_param, collection_infos: [{ name: "*" }], replicate_rbac: true };
  }

  const planIn = ({ body }: Reply): Planned => {
    const plan = body.data?.["plan"] as Planned | undefined;
    assert.ok(plan, JSON.stringify(body));
    return plan;
  };
  const missingIn = ({ rights }: PlannedRights): string[] =>
    rights.filter(({ is_missing }) => is_missing).map(({ privilege }) => privilege);

  it("are what the server asks for, call by call", async () => {
    const nobody = connectAs(servers.target, await createUser(admins.target, "nobody"));
    await nobody.connectPromise;
    const asked = async (call: string): Promise<string> => {
      const own = call === "SelectUser" ? { user: { name: "nobody" } } : {};
      try {
        await promisify(nobody.channelPool, call, own, 10_000);
        return "nothing";
      } catch (error) {
        return /Privilege(\w+): permission deny/.exec(String(error))?.[1] ?? "nothing";
      }
    };
    try {
      const found: Record<string, string> = {};
      for (const { call } of MILVUS_CALLS) found[call] = await asked(call);
      const listed = MILVUS_CALLS.map(({ call, right }) => [call, right?.split(" ")[1] ?? "nothing"]);
      assert.deepEqual(found, Object.fromEntries(listed));
    } finally {
      await nobody.closeConnection();
    }
  });

  it("suffice for all that a task does", async () => {
    const { source, target } = admins;
    const books = new TestCollection(source, "books");
    await books.createLoaded();
    await books.insert(1, 100);
    check(await source.createDatabase({ db_name: "db1" }));
    const other = new TestCollection(source, "other", { database: "db1" });
    await other.createLoaded();
    await other.insert(1, 50);
    const plan = planIn(await planned());
    assert.deepEqual(
      [plan.is_ready, plan.source_rights.verdict, plan.target_rights.verdict],
      [true, "VERDICT_GRANTED", "VERDICT_GRANTED"],
    );
    assert.ok((plan.topics ?? []).length > 1);
    const { body } = await service.cdc("create", request());
    const taskId = String(body.data?.["task_id"]);
    await becomesEqual(source, target);

    await books.createPartition("p");
    await books.insert(101, 200, { partition: "p" });
    check((await source.delete({ ...books.names, filter: "id in [1, 2, 150]" })).status);
    const data = [3, 4, 5].map((id) => ({ id, n: -id, vec: [0, 0, 0, id] }));
    check((await source.upsert({ ...books.names, data })).status);
    check(await source.createAlias({ ...books.names, alias: "b" }));
    check(await source.createIndex({ ...books.names, field_name: "n", index_name: "by_n" }));
    check(
      await source.alterCollectionProperties({
        ...books.names,
        properties: { "collection.ttl.seconds": 86_400 },
      }),
    );
    check(await source.createRole({ roleName: "auditor" }));
    await operate(source, grant("Query default.books auditor"), "Grant");
    const late = new TestCollection(source, "late");
    await late.create();
    await late.insert(1, 10);
    await becomesEqual(source, target);
    await eventually(async () => {
      const { results } = await target.listRoles();
      assert.ok(results.some(({ role }) => role.name === "auditor"));
    });
    const proof = await verify(service.port, { taskId });
    assert.deepEqual([proof.differences, proof.result.isEqual], [[], true]);

    const another = new TestCollection(source, "another");
    await another.createLoaded();
    check(await source.alterAlias({ ...another.names, alias: "b" }));
    check(await source.releasePartitions({ ...books.names, partition_names: ["p"] }));
    await books.dropPartition("p");
    check(await source.renameCollection({ ...late.names, new_collection_name: "later" }));
    await becomesEqual(source, target);
    check(await source.dropAlias({ alias: "b" }));
    await books.release();
    check(await source.dropIndex({ ...books.names, field_name: "n", index_name: "by_n" }));
    await other.drop();
    check(await source.dropDatabase({ db_name: "db1" }));
    await operate(source, grant("Query default.books auditor"), "Revoke");
    check(await source.dropRole({ roleName: "auditor" }));
    await becomesEqual(source, target);
    await eventually(async () => {
      const { results } = await target.listRoles();
      assert.ok(!results.some(({ role }) => role.name === "auditor"));
    });
    const task = await service.task(taskId);
    assert.equal(task.state, "Running", task.reason);
    assert.doesNotMatch(service.log, /permission deny/);
    await service.cdc("delete", { task_id: taskId });
  });

  it("are named by the plan where one is missing", async () => {
    const role = roleOf(users.target);
    const index = grant(`CreateIndex default.* ${role}`);
    await operate(admins.target, index, "Revoke");
    const { is_ready: isReady, source_rights: source, target_rights: target } = planIn(await planned());
    assert.deepEqual(
      [isReady, source.verdict, target.verdict],
      [undefined, "VERDICT_GRANTED", "VERDICT_MISSING"],
    );
    assert.deepEqual(missingIn(target), ["CreateIndex"]);
    assert.match(target.reason ?? "", /lacks on the target CreateIndex on Collection \*; grant/);
    await operate(admins.target, { ...index, database: "*" }, "Grant");
    assert.equal(planIn(await planned()).target_rights.verdict, "VERDICT_GRANTED");
  });

  it("are named where one is missing that the plan itself takes", async () => {
    const databases = grant(`ListDatabases Global:default.* ${roleOf(users.source)}`);
    await operate(admins.source, databases, "Revoke");
    await eventually(async () => {
      const { status, body } = await planned();
      assert.ok(status >= 400, JSON.stringify(body));
      assert.match(
        body.message ?? "",
        /permission deny.*lacks on the source ListDatabases on Global \*; grant/,
      );
    });
    await operate(admins.source, databases, "Grant");
  });

  it("let the task fail where one is missing that it comes to need", async () => {
    const drop = grant(`DropCollection Global:default.* ${roleOf(users.target)}`);
    await operate(admins.target, drop, "Revoke");
    const { body } = await service.cdc("create", request());
    const taskId = String(body.data?.["task_id"]);
    const doomed = new TestCollection(admins.source, "doomed");
    await doomed.createLoaded();
    await becomesEqual(admins.source, admins.target);
    await doomed.drop();
    await eventually(async () => {
      const { state, reason = "" } = await service.task(taskId);
      assert.equal(state, "Failed");
      assert.match(reason, /TARGET_UNAUTHENTICATED: DropCollection at the target/);
    });
    await operate(admins.target, drop, "Grant");
    await service.cdc("resume", { task_id: taskId });
    await becomesEqual(admins.source, admins.target);
    await service.cdc("delete", { task_id: taskId });
  });

  it("are all held by root and by members of admin", async () => {
    const admin = await createUser(admins.target, "an_admin");
    check(await admins.target.addUserToRole({ username: admin.username, roleName: "admin" }));
    for (const user of [admin, ROOT_USER]) {
      const milvus_connect_param = { uri: servers.target.uri, ...user };
      await eventually(async () => {
        const { target_rights: rights } = planIn(await planned({ milvus_connect_param }));
        assert.deepEqual([rights.verdict, missingIn(rights)], ["VERDICT_GRANTED", []]);
      });
    }
  });
});
