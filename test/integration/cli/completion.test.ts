import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { runCli } from "../../support/cli-program.js";
import { debianPackage } from "../../support/debian-package.js";
import { eventually } from "../../support/eventually.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { TypedShell } from "../../support/typed-shell.js";

const NOBODY = "http://127.0.0.1:1";

/** What is typed, and what is offered. */
const OFFERED = [
  ["ver", "verify"],
  ["resume --sk", "--skip-blocked-record"],
  ["context u", "use"],
  ["sandbox up --da", "--data"],
  ["list -o y", "yaml"],
  ["verify --level sa", "sample"],
  ["completion fi", "fish"],
] as const;

describe("milvus-cdc completion", function () {
  this.timeout(300_000);
  const newPath = temporaryFolder();

  async function scriptFor(shell: string): Promise<string> {
    const file = newPath(`completion.${shell}`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, (await runCli(NOBODY, "completion", shell)).out);
    return file;
  }

  it("completes commands, options and choices in bash", async () => {
    const file = await scriptFor("bash");
    for (const [typed, offered] of OFFERED) {
      const words = ["milvus-cdc", ...typed.split(" ")].map((word) => `"${word}"`);
      const ask = `source ${file}; COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _milvus_cdc; echo "\${COMPREPLY[*]}"`;
      assert.equal(execFileSync("bash", ["-c", ask], { encoding: "utf8" }).trim(), offered, typed);
    }
  });

  it("completes the same in fish", async () => {
    const [file, fish] = await Promise.all([scriptFor("fish"), debianPackage("fish")]);
    for (const [typed, offered] of OFFERED) {
      const ask = `source ${file}; complete -C "milvus-cdc ${typed}"`;
      const lines = execFileSync(fish, ["--no-config", "-c", ask], { encoding: "utf8" }).trim().split("\n");
      assert.deepEqual(
        lines.map((line) => line.split("\t", 1).join("")),
        [offered],
        typed,
      );
    }
  });

  it("completes the same in zsh, as it is typed", async () => {
    const [file, zsh] = await Promise.all([scriptFor("zsh"), debianPackage("zsh")]);
    await using shell = new TypedShell(zsh, ["-f", "-i"]);
    shell.type(`source ${file}; PS1=; print READY-$((1+1))\n`);
    await eventually(() => assert.match(shell.shown, /READY-2/), 30_000);
    for (const [typed, offered] of OFFERED) {
      const before = shell.shown.length;
      const whole = `milvus-cdc ${typed.split(" ").slice(0, -1).join(" ")}`.trimEnd();
      shell.type(`milvus-cdc ${typed}\t`);
      await eventually(
        () => assert.ok(shell.plainFrom(before).includes(`${whole} ${offered}`), typed),
        30_000,
      );
      shell.type("\u0015"); // takes the line away
      await setTimeout(50);
    }
  });
});
