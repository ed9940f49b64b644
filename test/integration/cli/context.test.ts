import assert from "node:assert/strict";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CliProgram, type Ended } from "../../support/cli-program.js";
import { ServerHarness } from "../../support/server-harness.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const NOBODY_ELSE = {
  certificates: [],
  allowAnonymous: false,
  openMetrics: false,
  maxRequestsPerSecond: 1_000,
} as const;

describe("milvus-cdc context", function () {
  this.timeout(120_000);
  const newPath = temporaryFolder();

  /** An empty variable counts as absent. */
  function runIn(folder: string, args: readonly string[], server = "", token = ""): Promise<Ended> {
    const env = { XDG_CONFIG_HOME: folder, MILVUS_CDC_TOKEN: token };
    return new CliProgram(server, args, "", env).ended();
  }

  it("decides whom commands ask, below --server and MILVUS_CDC_SERVER", async () => {
    await using first = await ServerHarness.start();
    await using second = await ServerHarness.start();
    const folder = newPath("config");
    assert.equal((await runIn(folder, ["context", "list"])).out, "there are no contexts\n");
    await runIn(folder, ["context", "set", "test", "--server", first.url]);
    await runIn(folder, ["context", "set", "live", "--server", second.url]);
    const { out } = await runIn(folder, ["context", "list"]);
    assert.match(out, /^ +CONTEXT +SERVER +TOKEN FILE\n\* +test +http:\S+\n +live +http:\S+\n$/);

    const create = ["create", "--target", "http://t:1"];
    await runIn(folder, create);
    assert.deepEqual([first.tasks.tasks.size, second.tasks.tasks.size], [1, 0]);
    await runIn(folder, ["context", "use", "live"]);
    await runIn(folder, create);
    assert.deepEqual([first.tasks.tasks.size, second.tasks.tasks.size], [1, 1]);
    await runIn(folder, create, first.url);
    assert.deepEqual([first.tasks.tasks.size, second.tasks.tasks.size], [2, 1]);
    await runIn(folder, [...create, "--server", second.url], first.url);
    assert.deepEqual([first.tasks.tasks.size, second.tasks.tasks.size], [2, 2]);
    const { mode } = await stat(join(folder, "milvus-cdc", "config.yaml"));
    assert.equal(mode & 0o777, 0o600);
  });

  it("shows a context's token to the context's service alone, below --token-file and MILVUS_CDC_TOKEN", async () => {
    const folder = newPath("config");
    const tokenFile = join(folder, "token");
    await mkdir(folder, { recursive: true });
    const { out: hash } = await runIn(folder, ["token", "--out", tokenFile]);
    const sha256 = /^sha256: ([0-9a-f]{64})\n$/.exec(hash)?.[1] ?? assert.fail(hash);
    const tokens = [{ name: "me", role: "admin", sha256 }] as const;
    await using harness = await ServerHarness.start({}, { auth: { ...NOBODY_ELSE, tokens } });
    await runIn(folder, ["context", "set", "test", "--server", harness.url, "--token-file", tokenFile]);
    assert.match((await runIn(folder, ["context", "list"])).out, new RegExp(`http:\\S+ +${tokenFile}\n$`));

    const create = ["create", "--target", "http://t:1"];
    const own = ["--token-file", tokenFile];
    const answers = [
      await runIn(folder, ["list"]),
      await runIn(folder, create),
      await runIn(folder, ["list"], "", "another"),
      await runIn(folder, ["list", ...own], "", "another"),
      await runIn(folder, ["list"], harness.url),
      await runIn(folder, create, harness.url),
      await runIn(folder, [...create, ...own], harness.url),
      await runIn(folder, ["verify", "a".repeat(32)], harness.url),
      await runIn(folder, ["context", "set", "test", "--server", harness.url]),
      await runIn(folder, ["list"]),
    ];
    assert.deepEqual(
      answers.map(({ code }) => code),
      [0, 0, 3, 0, 3, 3, 0, 3, 0, 3],
    );
    assert.match(answers[4]?.err ?? "", /^unauthenticated: /);
    const token = (await readFile(tokenFile, "utf8")).trim();
    assert.ok(!(await readFile(join(folder, "milvus-cdc", "config.yaml"), "utf8")).includes(token));
  });

  it("refuses names that are not there, addresses that are none, and a file that is wrong, and changes nothing", async () => {
    const folder = newPath("config");
    const file = join(folder, "milvus-cdc", "config.yaml");
    await runIn(folder, ["context", "set", "a", "--server", "http://a:1"]);
    const before = await readFile(file, "utf8");
    for (const [args, said] of [
      [["context", "use", "b"], /^there is no context b; make it by context set b/],
      [["context", "set", "b", "--server", "ftp://x"], /config\.yaml: .*\n.*contexts\.b\.server/],
    ] as const) {
      const { code, out, err } = await runIn(folder, args);
      assert.deepEqual([code, out], [3, ""]);
      assert.match(err, said);
    }
    assert.equal(await readFile(file, "utf8"), before);
    const cases = {
      "{": /is no YAML/,
      "current: x": /no context x/,
      "contexts: {a: {sever: x}}": /config\.yaml/,
    };
    for (const [content, said] of Object.entries(cases)) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      const { code, err } = await runIn(folder, ["list"]);
      assert.equal(code, 3, content);
      assert.match(err, said);
    }
  });
});
