import assert from "node:assert/strict";
import fc from "fast-check";
import { AccessKeeper } from "../../src/engine/access-keeper.js";
import { RetryBoard } from "../../src/engine/retry-board.js";
import { accessSteps, type AccessControl, type Grant } from "../../src/model/access-control.js";
import { createLogger } from "../../src/observability/logger.js";
import { FakeAccess, sorted } from "../support/engine-fake-access.js";
import { MortalProcess } from "../support/engine-gate.js";
import { VirtualTime } from "../support/engine-virtual-time.js";

const plain = <T>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(parts, { noNullPrototype: true });

/** What a server can have: grants and members of its roles alone. */
function accessOf(roleNames: readonly string[], userNames: readonly string[]): fc.Arbitrary<AccessControl> {
  const granted: fc.Arbitrary<Grant> = plain({
    role: fc.constantFrom("public", ...roleNames),
    objectType: fc.constantFrom("Collection", "Global"),
    objectName: fc.constantFrom("c", "*"),
    privilege: fc.constantFrom("Insert", "*"),
    database: fc.constantFrom("default", "db", "*"),
  });
  const member = plain({
    user: fc.constantFrom(...userNames),
    role: fc.constantFrom("public", ...roleNames),
  });
  const selector = (value: object): string => JSON.stringify(value);
  return plain({
    roles: fc.subarray([...roleNames]),
    users: fc.subarray([...userNames]),
    grants: fc.uniqueArray(granted, { selector, maxLength: 8 }),
    members: fc.uniqueArray(member, { selector, maxLength: 6 }),
  }).map(({ roles, users, grants, members }) => ({
    roles,
    users,
    grants: grants.filter(({ role }) => ["public", ...roles].includes(role)),
    members: members.filter(({ user, role }) => users.includes(user) && ["public", ...roles].includes(role)),
  }));
}

const access = accessOf(["r", "s", "__proto__"], ["ann", "constructor"]);
const PARTS = ["roles", "grants", "members"] as const;
const has = (items: readonly unknown[], item: unknown): boolean =>
  items.some((other) => JSON.stringify(other) === JSON.stringify(item));

function afterSteps(source: AccessControl, target: AccessControl, known: AccessControl): AccessControl {
  const server = new FakeAccess(target);
  for (const step of accessSteps(source, target, known)) server.take(step);
  return server.state;
}

describe("accessSteps, for any three states", () => {
  it("are accepted by a server, and bring over everything whose user is there", () => {
    fc.assert(
      fc.property(access, access, access, (source, target, known) => {
        const end = afterSteps(source, target, known);
        for (const role of source.roles) assert.ok(end.roles.includes(role));
        for (const one of source.grants) assert.ok(has(end.grants, one));
        for (const one of source.members)
          assert.equal(has(end.members, one), target.users.includes(one.user));
        assert.deepEqual(end.users, target.users);
      }),
      { numRuns: 500 },
    );
  });

  it("take away what was known and is gone, and of the rest nothing but what hangs on a role that goes", () => {
    fc.assert(
      fc.property(access, access, access, (source, target, known) => {
        const end = afterSteps(source, target, known);
        for (const part of PARTS) {
          for (const item of target[part]) {
            if (has(source[part], item)) continue;
            const role = typeof item === "string" ? item : item.role;
            const isRoleGone = known.roles.includes(role) && !source.roles.includes(role);
            assert.equal(has(end[part], item), !has(known[part], item) && !isRoleGone);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("are none once they were taken", () => {
    fc.assert(
      fc.property(access, access, access, (source, target, known) => {
        const end = afterSteps(source, target, known);
        assert.deepEqual(accessSteps(source, end, known), []);
        assert.deepEqual(accessSteps(source, end, source), []);
      }),
      { numRuns: 300 },
    );
  });
});

/** One life of the service, in which the source was in this state: how many operations it gets to do. */
const life = plain({
  source: accessOf(["r", "s"], ["ann", "bob"]),
  operations: fc.nat(14),
  isLastDone: fc.boolean(),
});

describe("the access control of a target, wherever the service dies", () => {
  it("is the source's beside its own in the end: nothing that the source took back stays", async () => {
    const own = accessOf(["own"], ["ann", "bob", "own"]).map(({ roles, users, grants, members }) => ({
      roles,
      users: [...new Set([...users, "ann", "bob"])],
      // what both have counts as the source's
      grants: grants.filter(({ role }) => role === "own"),
      members: members.filter(({ role }) => role === "own"),
    }));
    await fc.assert(
      fc.asyncProperty(own, fc.array(life, { minLength: 1, maxLength: 5 }), async (before, lives) => {
        using time = new VirtualTime();
        const [source, target] = [new FakeAccess(), new FakeAccess(before)];
        source.databases = ["default", "db"];
        let memory: string | undefined;
        const live = async (process: MortalProcess): Promise<void> => {
          const { gate } = process;
          const keeper = new AccessKeeper({
            source: source.source(gate),
            target: target.target(gate),
            scope: { collections: ["*"], databases: {}, nameMappings: [] },
            retries: new RetryBoard(() => undefined),
            logger: createLogger({ level: "silent" }),
            load: () =>
              gate("load", () => (memory === undefined ? undefined : (JSON.parse(memory) as AccessControl))),
            remember: (access) => gate("remember", () => void (memory = JSON.stringify(access))),
          });
          const stop = new AbortController();
          keeper.run(stop.signal).catch(() => undefined);
          await time.advance(1);
          process.kill();
          stop.abort();
          await time.settle();
        };
        for (const { source: state, operations, isLastDone } of lives) {
          source.state = state;
          await live(new MortalProcess({ operations, isLastDone, failures: [] }));
        }
        await live(new MortalProcess({ operations: 1_000, isLastDone: false, failures: [] }));
        const { roles, grants, members } = source.state;
        const expected = {
          roles: [...before.roles, ...roles],
          users: before.users,
          grants: [...before.grants, ...grants],
          members: [...before.members, ...members],
        };
        assert.deepEqual(sorted(target.state), sorted(expected));
      }),
      { numRuns: 200 },
    );
  });
});
