import assert from "node:assert/strict";
import { createLogger, type LogLevel } from "../../../src/observability/logger.js";
import { CdcError } from "../../../src/model/errors.js";

function captured(level: LogLevel | (() => LogLevel) = "trace") {
  const lines: string[] = [];
  const logger = createLogger({ level, destination: { write: (line) => lines.push(line) } });
  const entries = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { logger, lines, entries };
}

describe("createLogger", () => {
  it("writes a JSON line with level, ISO time, fields and message", () => {
    const { logger, entries, lines } = captured();
    logger.child({ taskId: "t" }).warn({ positionOffset: 5n, lagMs: 7 }, "task is behind");
    const { time, ...rest } = entries()[0]!;
    assert.deepEqual(rest, {
      level: "warn",
      taskId: "t",
      positionOffset: 5,
      lagMs: 7,
      msg: "task is behind",
    });
    assert.equal(new Date(String(time)).toISOString(), time);
    assert(lines[0]?.endsWith("}\n"));
  });

  it("writes what is at its level or above", () => {
    const { logger, entries } = captured("warn");
    logger.info("no");
    logger.warn("yes");
    logger.child({}).debug("no");
    logger.child({}).error("yes");
    assert.deepEqual(
      entries().map((entry) => entry.msg),
      ["yes", "yes"],
    );
  });

  it("writes nothing when silent", () => {
    const { logger, lines } = captured("silent");
    logger.fatal("no");
    assert.deepEqual(lines, []);
  });

  it("follows a level that changes, in children made before, too", () => {
    let level: LogLevel = "info";
    const { logger, entries } = captured(() => level);
    const child = logger.child({});
    child.debug("one");
    level = "debug";
    child.debug("two");
    level = "error";
    child.warn("three");
    assert.deepEqual(
      entries().map((entry) => entry.msg),
      ["two"],
    );
  });

  for (const name of ["token", "password", "username", "authorization", "Authorization"]) {
    it(`leaves out ${name} at any of four levels, in fields and in bindings`, () => {
      const { logger, lines } = captured();
      const secret = { [name]: "hunter2" };
      for (const fields of [secret, { a: secret }, { a: { b: secret } }, { a: { b: { c: secret } } }]) {
        logger.info(fields, "one");
        logger.child(fields).info("two");
      }
      assert.equal(lines.length, 8);
      for (const line of lines) assert(line.includes("[secret]") && !line.includes("hunter2"), line);
    });
  }

  it("leaves credentials out of uris, in messages, fields and errors", () => {
    const { logger, lines } = captured();
    const uri = "https://root:hunter2@milvus:19530";
    logger.info(
      { uri, err: new Error(`cannot reach ${uri}`, { cause: new Error(uri) }) },
      `connecting to ${uri}`,
    );
    assert(!lines.join("").includes("hunter2"), lines[0]);
    assert.equal(lines[0]?.match(/https:\/\/milvus:19530/g)?.length, 5); // with the stack's
  });

  it("writes code, message and causes of an error", () => {
    const { logger, entries } = captured();
    const cause = new Error("read failed", { cause: new Error("socket hang up") });
    logger.error({ err: new CdcError("TARGET_UNAVAILABLE", "target is away", { cause }) }, "apply failed");
    logger.error(new CdcError("LOG_UNAVAILABLE", "log is away"));
    assert.deepEqual(entries()[0]?.err, {
      code: "TARGET_UNAVAILABLE",
      message: "target is away",
      causes: ["read failed", "socket hang up"],
    });
    assert.deepEqual(entries()[1]?.err, { code: "LOG_UNAVAILABLE", message: "log is away" });
  });
});
