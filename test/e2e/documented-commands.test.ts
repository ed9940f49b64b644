import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { documentedCommands } from "../support/documented-commands.js";
import { TestCollection } from "../support/e2e-collection.js";
import { useSandbox } from "../support/e2e-sandbox.js";
import { ServiceProcess } from "../support/e2e-service.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** Commands that others run: a file, and what in it runs them. */
const ELSEWHERE: Readonly<Record<string, readonly [file: string, text: string]>> = {
  "npm test": [".ci/run", "npm test"],
  "npm run check": ["package.json", "npm run build && npm run check"],
  "npm ci --ignore-scripts": [".ci/supply-chain", "npm ci --ignore-scripts"],
  "npm sbom --sbom-format cyclonedx --omit dev": [
    ".ci/supply-chain",
    "npm sbom --omit dev --sbom-format cyclonedx",
  ],
  "npm ci && npm run build": ["package.json", '"npm run ensure && npm run build'],
  "npm ci && npm run build && npm pack": ["test/integration/cli/package.test.ts", '"pack"'],
  "npm install -g FILE": ["test/integration/cli/package.test.ts", '"install"'],
  "milvus-cdc serve --config FILE": ["test/integration/cli/package.test.ts", '"serve", "--config"'],
  "node dist/main.js serve --config milvus-cdc.yaml": ["test/support/e2e-service.ts", '"serve"'],
  "kill -HUP": ["test/integration/cli/package.test.ts", 'kill("SIGHUP")'],
  "npm run quickstart": ["test/e2e/quickstart.test.ts", "quickstart-main.js"],
  "npm run quickstart -- --once": ["test/e2e/quickstart.test.ts", '"--once"'],
  "UPDATE_DOCS=1 npm run test:unit": ["test/unit/docs/generated-docs.test.ts", "UPDATE_DOCS"],
  "milvus-cdc sandbox up": ["test/integration/sandbox/sandbox.test.ts", 'runSandboxCommand("up")'],
  "milvus-cdc sandbox down": ["test/integration/sandbox/sandbox.test.ts", 'runSandboxCommand("down")'],
  // it is built from source, which takes minutes the first time
  "grpcurl -plaintext localhost:8444 list": [
    "test/integration/clients/commands.test.ts",
    '["-plaintext", address, "list"]',
  ],
  'grpcurl -plaintext -d \'{"milvus_connect_param": {"uri": "http://target:19530"}, "collection_infos": [{"name": "*"}]}\' \\\n  localhost:8444 milvus.cdc.v1.CdcService/CreateTask':
    [
      "test/integration/clients/commands.test.ts",
      '["-plaintext", "-d", CREATE, address, `${SERVICE}/CreateTask`]',
    ],
  // minutes to hours; parts of them
  "npm run chaos -- --minutes 10 --seed 1": ["test/e2e/faults/faults.test.ts", "runFaults"],
};
/** Only looked at: it takes an hour, and what it measures is no matter of right and wrong. */
const NOT_RUN = ["npm run bench"];

describe("commands of the documentation", function () {
  this.timeout(300_000);
  const servers = useSandbox();
  const newPath = temporaryFolder();
  const left = new Set(documentedCommands());
  let service: ServiceProcess;
  let taskId = "";

  before(async () => {
    await new TestCollection(servers().source, "books").createLoaded();
    service = await ServiceProcess.over(servers().sandbox);
  });
  after(() => service[Symbol.asyncDispose]());

  /** As a person would run it, who knows what the names in it stand for. */
  function run(command: string, folder: string): Promise<{ code: number; out: string; err: string }> {
    const url = `http://127.0.0.1:${service.port}`;
    const script = command
      .replaceAll("http://localhost:8444", url)
      .replaceAll("http://target:19530", servers().targetUri)
      .replaceAll(/TASK_ID|98149d3260d7e548fa0fcfc723b8c3ad/g, taskId)
      .replaceAll("FILE", join(service.folder, "config.yaml"))
      .replaceAll("NAME", "local")
      .replaceAll("URL", url);
    const setUp = `milvus-cdc() { timeout -s INT "\${LIMIT:-60}" node ${process.cwd()}/dist/main.js "$@"; }; cd ${folder}; set -e`;
    const env = { ...process.env, XDG_CONFIG_HOME: folder, MILVUS_CDC_SERVER: url };
    return new Promise((resolve) => {
      execFile("bash", ["-c", `${setUp}\n${script}`], { env }, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), out, err }),
      );
    });
  }

  async function play(command: string, folder: string, shows: RegExp): Promise<string> {
    assert.ok(left.delete(command), `no page has: ${command}`);
    const { code, out, err } = await run(command, folder);
    assert.equal(code, 0, `${command}\n${out}${err}`);
    assert.match(out, shows, command);
    return out;
  }

  it("do what they say, on real servers", async () => {
    const folder = dirname(newPath());
    mkdirSync(folder, { recursive: true });
    const create = [...left].find((command) => /^curl.*\n.*"create"/.test(command)) ?? assert.fail();
    taskId = /"task_id":"(\w{32})"/.exec(await play(create, folder, /"code":200/))?.[1] ?? "";
    const get = [...left].find((command) => /^curl.*"get"/.test(command)) ?? assert.fail();
    await play(get, folder, /"state":"Running"/);
    await play("milvus-cdc list", folder, new RegExp(`${taskId} +Running`));
    await play("milvus-cdc get TASK_ID", folder, /books/);
    await play("milvus-cdc verify TASK_ID", folder, /source and target are equal\n$/);
    await play("milvus-cdc verify TASK_ID --repair", folder, /source and target are equal\n$/);
    await play("milvus-cdc pause TASK_ID", folder, /^$/);
    await play("milvus-cdc resume TASK_ID", folder, /^$/);
    await play("milvus-cdc switchover TASK_ID", folder, /the task is paused: /);
    await play("milvus-cdc delete TASK_ID", folder, /^$/);
    await play("milvus-cdc create --target http://target:19530 --dry-run", folder, /default\.books/);
    taskId = (await play("milvus-cdc create --target http://target:19530", folder, /^\w{32}\n$/)).trim();
    await run("milvus-cdc delete TASK_ID", folder);
    const request = {
      milvus_connect_param: { uri: servers().targetUri },
      collection_infos: [{ name: "books" }],
    };
    writeFileSync(join(folder, "request.json"), JSON.stringify(request));
    await play("milvus-cdc create --file request.json", folder, /^\w{32}\n$/);
    await play("milvus-cdc context set NAME --server URL", folder, /^$/);
    await play("milvus-cdc context use NAME", folder, /^$/);
    await play("milvus-cdc context list", folder, /\* +local/);
    await play("milvus-cdc token", folder, /^token: mcdc_\S+\nsha256: [0-9a-f]{64}\n$/);
    await play("milvus-cdc completion bash", folder, /complete -o default/);
    await play('eval "$(milvus-cdc completion bash)"', folder, /^$/);
    await play("milvus-cdc doctor --config FILE", folder, /^ok +source default: Milvus/);
    left.delete("milvus-cdc watch");
    const { out } = await run("LIMIT=5; milvus-cdc watch || true", folder);
    assert.match(out, /Running/);
  });

  it("are all run, here or by a test that is named", () => {
    for (const [command, [file, text]] of Object.entries(ELSEWHERE)) {
      assert.ok(left.delete(command), `no page has: ${command}`);
      assert.ok(readFileSync(file, "utf8").includes(text), `${file} does not run ${command}`);
    }
    assert.deepEqual([...left], NOT_RUN);
  });
});
