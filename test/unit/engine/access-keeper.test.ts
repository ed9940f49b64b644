import assert from "node:assert/strict";
import { AccessKeeper } from "../../../src/engine/access-keeper.js";
import { RetryBoard } from "../../../src/engine/retry-board.js";
import type { AccessControl } from "../../../src/model/access-control.js";
import type { AccessScope } from "../../../src/model/access-selection.js";
import { CdcError } from "../../../src/model/errors.js";
import { createLogger } from "../../../src/observability/logger.js";
import { FakeAccess, grant, members, sorted } from "../../support/engine-fake-access.js";
import { Faults } from "../../support/engine-gate.js";
import { VirtualTime } from "../../support/engine-virtual-time.js";

const LOOK_MS = 10_000;
const INSERT = grant("Insert default.c reader");

class KeeperHarness implements Disposable {
  readonly time = new VirtualTime();
  readonly faults = new Faults();
  readonly source = new FakeAccess({ roles: ["reader"], users: ["root", "ann"], grants: [INSERT] });
  readonly target = new FakeAccess({ users: ["root", "ann"] });
  readonly retries = new RetryBoard(() => undefined);
  readonly stop = new AbortController();
  readonly remembered: AccessControl[] = [];
  /** Databases that each side was asked for, in the last look. */
  readonly asked: Record<"source" | "target", readonly string[]> = { source: [], target: [] };
  readonly keeper: AccessKeeper;
  readonly run: Promise<unknown>;

  constructor(scope: Partial<AccessScope> = { collections: ["*"] }, known?: AccessControl) {
    const { gate } = this.faults;
    const [source, target] = [this.source.source(gate), this.target.target(gate)];
    this.keeper = new AccessKeeper({
      source: { ...source, read: (...args) => ((this.asked.source = args[0]), source.read(...args)) },
      target: { ...target, read: (...args) => ((this.asked.target = args[0]), target.read(...args)) },
      scope: { collections: [], databases: {}, nameMappings: [], ...scope },
      retries: this.retries,
      logger: createLogger({ level: "silent" }),
      load: () => gate("load", () => known),
      remember: (access) => gate("remember", () => void this.remembered.push(access)),
    });
    this.run = this.keeper.run(this.stop.signal).catch((error: unknown) => error);
  }

  [Symbol.dispose](): void {
    this.stop.abort();
    this.time[Symbol.dispose]();
  }
}

describe("AccessKeeper", () => {
  it("makes the target equal at once, and again after each change; and remembers what the source had", async () => {
    using h = new KeeperHarness();
    await h.time.settle();
    assert.deepEqual(h.target.state.grants, [INSERT]);
    h.source.state = { ...h.source.state, members: members("ann reader"), grants: [] };
    await h.time.advance(LOOK_MS);
    assert.deepEqual(sorted(h.target.state), sorted(h.source.state));
    assert.deepEqual(h.keeper.problems, []);
    assert.equal(h.keeper.healed, 4n);
    assert.deepEqual(h.remembered.at(-1), {
      roles: ["reader"],
      users: ["ann"],
      grants: [],
      members: members("ann reader"),
    });
  });

  it("writes nothing to its memory while nothing changes", async () => {
    using h = new KeeperHarness();
    await h.time.advance(10 * LOOK_MS);
    assert.equal(h.faults.seen.filter((operation) => operation === "readSource").length, 11);
    assert.equal(h.remembered.length, 1);
  });

  it("says which users the target lacks, goes on with the rest, and gives them their roles when they are there", async () => {
    using h = new KeeperHarness();
    const users = Array.from({ length: 12 }, (_, i) => `user${i}`);
    const all = users.map((user) => ({ user, role: "reader" }));
    h.source.state = {
      ...h.source.state,
      users: [...users, "ann"],
      members: [...all, ...members("ann reader")],
    };
    await h.time.settle();
    assert.deepEqual(h.target.state.members, members("ann reader"));
    assert.equal(h.keeper.problems.length, 1);
    assert.match(
      h.keeper.problems[0] ?? "",
      /^the target has no user user0, .*user9 and 2 more; .*create each on the target with its password; its roles follow$/,
    );
    h.target.state = { ...h.target.state, users: ["ann", ...users] };
    await h.time.advance(LOOK_MS);
    assert.deepEqual(h.keeper.problems, []);
    assert.equal(h.target.state.members.length, 13);
  });

  it("says what the target refuses, one sentence a reason, takes the other steps, and tries again", async () => {
    using h = new KeeperHarness();
    const others = ["Search default.c reader", "Delete default.c reader"].map(grant);
    h.source.state = { ...h.source.state, grants: [INSERT, ...others], members: members("ann reader") };
    h.faults.reject("grant", new CdcError("TARGET_UNAUTHENTICATED", "permission deny"), 2);
    await h.time.settle();
    assert.deepEqual(h.target.state.grants, others.slice(1));
    assert.deepEqual(h.target.state.members, members("ann reader"));
    assert.equal(h.keeper.problems.length, 1);
    assert.match(
      h.keeper.problems[0] ?? "",
      /grant Insert on Collection default\.c to role reader \(one of 2 such steps\): permission deny; .*ManageOwnership/,
    );
    await h.time.advance(LOOK_MS);
    assert.deepEqual(h.keeper.problems, []);
    assert.equal(h.target.state.grants.length, 3);
  });

  it("remembers what the target refuses to give up, until it is gone", async () => {
    using h = new KeeperHarness();
    await h.time.settle();
    h.source.state = { ...h.source.state, grants: [] };
    h.faults.reject("revoke", new CdcError("TARGET_NOT_READY", "not now"));
    await h.time.advance(LOOK_MS);
    assert.deepEqual(h.remembered.at(-1)?.grants, [INSERT]);
    await h.time.advance(LOOK_MS);
    assert.deepEqual(h.target.state.grants, []);
    assert.deepEqual(h.remembered.at(-1)?.grants, []);
  });

  it("takes a side that denies access for a problem, and goes on when it does not any more", async () => {
    using h = new KeeperHarness();
    h.faults.reject("readSource", new CdcError("SOURCE_UNAUTHENTICATED", "permission deny"), 5);
    await h.time.advance(2_000);
    assert.equal(h.keeper.problems.length, 1);
    assert.match(h.keeper.problems[0] ?? "", /not replicated: permission deny; .*source.* SelectOwnership/);
    assert.equal(h.retries.worst, undefined);
    await h.time.advance(LOOK_MS);
    assert.deepEqual(h.keeper.problems, []);
    assert.deepEqual(h.target.state.grants, [INSERT]);
  });

  it("retries what fails for a while, visibly, from a new look", async () => {
    using h = new KeeperHarness();
    // done, but its answer lost: repeating it as it is would be refused
    h.faults.loseAnswer("create-role");
    h.faults.reject("readTarget", new CdcError("TARGET_UNAVAILABLE", "down"), 2);
    await h.time.settle();
    assert.equal(h.retries.worst?.error.message, "down");
    await h.time.advance(2_000);
    assert.equal(h.retries.worst, undefined);
    assert.deepEqual(h.keeper.problems, []);
    assert.deepEqual(h.target.state.grants, [INSERT]);
  });

  it("asks for grants of the databases that matter alone: a server tells no others", async () => {
    const nameMappings = [{ sourceDatabase: "db", targetDatabase: "copy", collections: {} }];
    const gone = grant("Insert gone.c reader");
    const known = { roles: ["reader"], users: [], grants: [gone], members: [] };
    using h = new KeeperHarness({ databases: { db: ["*"], gone: ["*"] }, nameMappings }, known);
    h.source.databases = ["default", "db", "other"];
    h.source.state = { ...h.source.state, grants: [grant("Insert db.c reader"), grant("Search *.* reader")] };
    h.target.state = { ...h.target.state, roles: ["reader"], grants: [gone] };
    await h.time.settle();
    assert.deepEqual(h.asked.source, ["default", "db"]);
    assert.deepEqual([...h.asked.target].sort(), ["copy", "default", "gone"]);
    assert.deepEqual(
      sorted(h.target.state).grants,
      sorted({ ...known, grants: [grant("Insert copy.c reader"), grant("Search *.* reader")] }).grants,
    );
  });

  it("ends with the signal, between looks and within one, without a word", async () => {
    using resting = new KeeperHarness();
    await resting.time.settle();
    resting.stop.abort(new Error("the task stops"));
    assert.match(String(await resting.run), /the task stops/);
    using busy = new KeeperHarness();
    const held = busy.faults.hold("grant");
    await held.arrived;
    busy.stop.abort(new Error("the task stops"));
    assert.match(String(await busy.run), /cancelled/);
    assert.deepEqual(busy.keeper.problems, []);
  });
});
