import assert from "node:assert/strict";
import {
  NO_ACCESS,
  accessSteps,
  isSameAccess,
  missingUsers,
  unitedAccess,
  type AccessControl,
} from "../../../src/model/access-control.js";
import { grant, members } from "../../support/engine-fake-access.js";

const INSERT = grant("Insert default.c reader");
const SEARCH = grant("Search default.c reader");

const access = (parts: Partial<AccessControl>): AccessControl => ({ ...NO_ACCESS, ...parts });
const FULL = access({ roles: ["reader"], users: ["ann"], grants: [INSERT], members: members("ann reader") });

describe("accessSteps", () => {
  it("make what is missing: a role before its grants and members", () => {
    const steps = accessSteps(FULL, access({ users: ["ann"] }), NO_ACCESS);
    assert.deepEqual(steps, [
      { kind: "create-role", role: "reader" },
      { kind: "grant", grant: INSERT },
      { kind: "add-to-role", membership: { user: "ann", role: "reader" } },
    ]);
  });

  it("leave alone what the target alone has", () => {
    const target = access({ ...FULL, grants: [INSERT, SEARCH] });
    assert.deepEqual(accessSteps(NO_ACCESS, target, NO_ACCESS), []);
    assert.deepEqual(accessSteps(FULL, target, FULL), []);
  });

  it("take away what the source once had and has no more", () => {
    const target = access({ ...FULL, grants: [INSERT, SEARCH] });
    const source = access({ ...FULL, grants: [SEARCH], members: [] });
    assert.deepEqual(accessSteps(source, target, FULL), [
      { kind: "remove-from-role", membership: { user: "ann", role: "reader" } },
      { kind: "revoke", grant: INSERT },
    ]);
  });

  it("drop a role without grants and members, even those that the target alone gave it", () => {
    const target = access({
      ...FULL,
      users: ["ann", "bob"],
      grants: [SEARCH, INSERT],
      members: members("bob reader"),
    });
    assert.deepEqual(accessSteps(NO_ACCESS, target, FULL), [
      { kind: "remove-from-role", membership: { user: "bob", role: "reader" } },
      { kind: "revoke", grant: SEARCH },
      { kind: "revoke", grant: INSERT },
      { kind: "drop-role", role: "reader" },
    ]);
  });

  it("tell grants apart by each of their parts", () => {
    const others = [
      "Insert default.c writer",
      "Insert Global:default.c reader",
      "Insert default.d reader",
      "Delete default.c reader",
      "Insert other.c reader",
    ].map(grant);
    const source = access({ ...FULL, roles: ["reader", "writer"], grants: [INSERT, ...others] });
    const steps = accessSteps(source, access({ ...FULL, roles: ["reader", "writer"] }), NO_ACCESS);
    assert.deepEqual(
      steps,
      others.map((one) => ({ kind: "grant", grant: one })),
    );
  });

  it("give no role to a user whom the target lacks, until it has one", () => {
    const target = access({ roles: ["reader"], grants: [INSERT] });
    assert.deepEqual(accessSteps(FULL, target, FULL), []);
    assert.deepEqual(missingUsers(FULL, target), ["ann"]);
    const later = access({ ...target, users: ["ann"] });
    assert.deepEqual(accessSteps(FULL, later, FULL), [
      { kind: "add-to-role", membership: { user: "ann", role: "reader" } },
    ]);
    assert.deepEqual(missingUsers(FULL, later), []);
  });
});

describe("isSameAccess", () => {
  it("does not depend on order, and sees a difference in each part, either way", () => {
    const other = access({ roles: ["b", "a"], users: ["ann", "bob"], grants: [SEARCH, INSERT] });
    assert.ok(
      isSameAccess(other, access({ roles: ["a", "b"], users: ["bob", "ann"], grants: [INSERT, SEARCH] })),
    );
    for (const part of ["roles", "users", "grants", "members"] as const) {
      assert.ok(!isSameAccess(FULL, { ...FULL, [part]: [] }), part);
      assert.ok(!isSameAccess({ ...FULL, [part]: [] }, FULL), part);
    }
  });
});

describe("unitedAccess", () => {
  it("has everything of both, once", () => {
    const other = access({
      roles: ["reader", "b"],
      users: ["bob"],
      grants: [SEARCH, INSERT],
      members: members("bob b"),
    });
    const united = unitedAccess(FULL, other);
    assert.deepEqual(united, {
      roles: ["reader", "b"],
      users: ["ann", "bob"],
      grants: [INSERT, SEARCH],
      members: members("ann reader", "bob b"),
    });
  });
});
