import assert from "node:assert/strict";
import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { AccessKeeper } from "../../src/engine/access-keeper.js";
import { RetryBoard } from "../../src/engine/retry-board.js";
import { SdkClients } from "../../src/milvus/sdk-clients.js";
import { MilvusAccess } from "../../src/milvus/milvus-access.js";
import type { AccessControl, Grant } from "../../src/model/access-control.js";
import type { AccessScope } from "../../src/model/access-selection.js";
import type { NameMapping } from "../../src/model/name-mapping.js";
import type { MilvusAddress } from "../../src/model/milvus-address.js";
import { createLogger } from "../../src/observability/logger.js";
import { startMilvus, type MilvusServer } from "../../src/sandbox/milvus.js";
import { grant, members, sorted } from "../support/engine-fake-access.js";
import { check } from "../support/e2e-load.js";
import {
  connectAs,
  createUser,
  createUserWith,
  operate,
  roleOf,
  ROOT_USER,
  type User,
} from "../support/e2e-users.js";
import { eventually } from "../support/eventually.js";

/** What the problems tell an operator to give. */
const READER = ["SelectOwnership", "ListDatabases"];
const WRITER = ["SelectOwnership", "CreateOwnership", "DropOwnership", "ManageOwnership"];

/** One real server, and its administrator. */
class Side {
  readonly server: MilvusServer;
  readonly admin: MilvusClient;

  constructor(server: MilvusServer) {
    this.server = server;
    this.admin = connectAs(server, ROOT_USER);
  }

  static async start(name: string, hasAuthorization: boolean): Promise<Side> {
    return new Side(await startMilvus({ name, hasAuthorization }));
  }

  address(user: Partial<User>): MilvusAddress {
    return { endpoint: this.server.uri.replace("http://", ""), connectTimeoutMs: 10_000, ...user };
  }

  createUser(username: string): Promise<User> {
    return createUser(this.admin, username);
  }

  /** A user who may do this and nothing else. */
  createUserWith(username: string, privileges: readonly string[]): Promise<User> {
    const grants = privileges.map((one) => grant(`${one} Global:default.* ${roleOf({ username })}`));
    return createUserWith(this.admin, username, grants);
  }

  operate(one: Grant, isGrant: boolean): Promise<void> {
    return operate(this.admin, one, isGrant ? "Grant" : "Revoke");
  }

  /** Everything there, beside what every fresh server has. */
  async read(databases: readonly string[]): Promise<AccessControl> {
    await using access = new MilvusAccess("target", this.address(ROOT_USER), new SdkClients());
    const { roles, users, grants, members: all } = await access.read(databases, AbortSignal.timeout(10_000));
    return sorted({
      roles: roles.filter((role) => role !== "admin" && role !== "public"),
      users: users.filter((user) => user !== "root"),
      grants: grants.filter(({ role, database }) => role !== "public" || database !== "*"),
      members: all,
    });
  }

  async stop(): Promise<void> {
    await this.admin.closeConnection();
    await this.server.stop();
  }
}

/** A keeper between two servers, as one life of the service after the other. */
class Replication {
  readonly #source: MilvusAddress;
  readonly #target: MilvusAddress;
  readonly #scope: AccessScope;
  #memory: string | undefined;

  constructor(source: MilvusAddress, target: MilvusAddress, scope: Partial<AccessScope> = {}) {
    [this.#source, this.#target] = [source, target];
    this.#scope = { collections: ["*"], databases: {}, nameMappings: [], ...scope };
  }

  /** Runs until the assertion holds. */
  async until(assertion: (keeper: AccessKeeper) => Promise<void> | void): Promise<void> {
    await using source = new MilvusAccess("source", this.#source, new SdkClients());
    await using target = new MilvusAccess("target", this.#target, new SdkClients());
    const keeper = new AccessKeeper({
      source,
      target,
      scope: this.#scope,
      retries: new RetryBoard(() => undefined),
      logger: createLogger({ level: "silent" }),
      load: () =>
        Promise.resolve(this.#memory === undefined ? undefined : (JSON.parse(this.#memory) as AccessControl)),
      remember: (access) => Promise.resolve(void (this.#memory = JSON.stringify(access))),
    });
    const stop = new AbortController();
    const run = keeper.run(stop.signal).catch((error: unknown) => error);
    try {
      await eventually(async () => assertion(keeper));
    } finally {
      stop.abort(new Error("seen enough"));
      await run;
    }
  }
}

describe("roles and grants on real servers", function () {
  this.timeout(300_000);
  let source: Side;
  let target: Side;
  let reader: User;
  let writer: User;
  const databases = ["default", "db", "copy"];

  before(async () => {
    [source, target] = await Promise.all([Side.start("source", true), Side.start("target", true)]);
    reader = await source.createUserWith("cdc_reader", READER);
    writer = await target.createUserWith("cdc_writer", WRITER);
    check(await source.admin.createDatabase({ db_name: "db" }));
  });
  after(() => Promise.all([source.stop(), target.stop()]));

  it("come over with the rights that the problems name, under the target's names, and work there", async () => {
    // GIVEN roles, grants of every kind and a member; and a target with some of its own
    const nameMappings: NameMapping[] = [
      { sourceDatabase: "default", targetDatabase: "copy", collections: { a: "b" } },
      { sourceDatabase: "db", targetDatabase: "db", collections: {} },
    ];
    const replication = new Replication(source.address(reader), target.address(writer), { nameMappings });
    check(await source.admin.createRole({ roleName: "auditor" }));
    check(await source.admin.createRole({ roleName: "empty" }));
    const granted = [
      "Insert default.a auditor",
      "* default.a auditor",
      "Search default.* auditor",
      "Query db.c auditor",
      "Delete *.* auditor",
      "All Global:db.* auditor",
      "SelectUser User:db.* auditor",
      "SelectOwnership Global:db.* auditor",
      "Insert default.a public",
    ].map(grant);
    for (const one of granted) await source.operate(one, true);
    await source.createUser("ann");
    const ann = await target.createUser("ann");
    check(await source.admin.addUserToRole({ username: "ann", roleName: "auditor" }));
    const own = await target.read(databases);
    // WHEN it runs THEN the target has it all beside its own
    await replication.until(async () => {
      const there = await target.read(databases);
      const expected = {
        ...own,
        roles: [...own.roles, "auditor", "empty", "role_of_cdc_reader"],
        members: [...own.members, ...members("ann auditor")],
        grants: [
          ...own.grants,
          ...[
            "Insert copy.b auditor",
            "* copy.b auditor",
            "Search copy.* auditor",
            "Query db.c auditor",
            "Delete *.* auditor",
            "All Global:db.* auditor",
            "SelectUser User:db.* auditor",
            "SelectOwnership Global:db.* auditor",
            "Insert copy.b public",
            "SelectOwnership Global:copy.* role_of_cdc_reader",
            "ListDatabases Global:copy.* role_of_cdc_reader",
          ].map(grant),
        ],
      };
      assert.deepEqual(there, sorted(expected));
    });
    const client = connectAs(target.server, ann);
    await client.use({ db_name: "db" });
    await eventually(async () => check((await client.listUsers()).status));
    await client.use({ db_name: "default" });
    await assert.rejects(client.listUsers(), /permission deny/);
    await client.closeConnection();

    // WHEN the source takes back a grant and a role, members and grants and all
    const later = await target.read(databases);
    check(await target.admin.addUserToRole({ username: "cdc_writer", roleName: "auditor" }));
    await target.operate(grant("Flush default.own auditor"), true);
    for (const one of granted) await source.operate(one, false);
    check(await source.admin.dropRole({ roleName: "auditor" }));
    // THEN it goes from the target, by a service that was started anew
    await replication.until(async () => {
      const expected = {
        ...later,
        roles: later.roles.filter((role) => role !== "auditor"),
        grants: later.grants.filter(({ role }) => role !== "auditor" && role !== "public"),
        members: later.members.filter(({ role }) => role !== "auditor"),
      };
      assert.deepEqual(await target.read(databases), sorted(expected));
    });
  });

  it("wait for users that the target lacks, and say so", async () => {
    const replication = new Replication(source.address(reader), target.address(writer));
    check(await source.admin.createRole({ roleName: "waiting" }));
    await source.createUser("bob");
    check(await source.admin.addUserToRole({ username: "bob", roleName: "waiting" }));
    await replication.until(({ problems }) => assert.match(problems.join(), /no user .*bob.*create each/));
    await target.createUser("bob");
    await replication.until(async () => {
      const there = await target.read(databases);
      assert.deepEqual(
        there.members.filter(({ user }) => user === "bob"),
        members("bob waiting"),
      );
    });
  });

  it("are named as a problem by a side that denies access", async () => {
    const nobody = await source.createUserWith("nobody", ["ListDatabases"]);
    const root = ROOT_USER;
    const blind = new Replication(source.address(nobody), target.address(root));
    await blind.until(({ problems }) =>
      assert.match(problems.join(), /not replicated: .*permission deny.* SelectOwnership/),
    );
    const onlooker = await target.createUserWith("onlooker", ["SelectOwnership"]);
    check(await source.admin.createRole({ roleName: "denied" }));
    const mute = new Replication(source.address(root), target.address(onlooker));
    await mute.until(({ problems }) =>
      assert.match(problems.join(), /create role denied.*permission deny.* CreateOwnership/),
    );
  });

  it("come to a target without authorization too, when there are credentials", async () => {
    const open = await Side.start("open", false);
    try {
      await source.operate(grant("Insert default.a public"), true);
      const root = ROOT_USER;
      const nameless = new Replication(source.address(root), open.address({}));
      await nameless.until(({ problems }) =>
        assert.match(problems.join(), /grant Insert .*to role public.*only from a caller with credentials/),
      );
      const named = new Replication(source.address(root), open.address(root));
      await named.until(async () => {
        const { grants } = await open.read(["default"]);
        assert.deepEqual(
          grants.filter(({ role }) => role === "public"),
          [grant("Insert default.a public")],
        );
      });
    } finally {
      await open.stop();
    }
  });
});
