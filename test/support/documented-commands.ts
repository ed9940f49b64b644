import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FENCED = /```sh\n([\s\S]*?)```/g;
const ANY_FENCED = /```[\s\S]*?```/g;
/** Not the mere name of a program. */
const IN_TEXT = /`((?:milvus-cdc|npm|node [^\s`]+|kill|curl|grpcurl|eval|UPDATE_DOCS=1) [^`]+)`/g;

/** Every command of the README and of docs/: those of blocks, one for each line, and those in the text. */
export function documentedCommands(): ReadonlySet<string> {
  const pages = ["README.md", ...readdirSync("docs").map((name) => join("docs", name))];
  return new Set(
    pages
      .filter((name) => name.endsWith(".md"))
      .map((name) => readFileSync(name, "utf8"))
      .flatMap((text) => [...commandsOfBlocks(text), ...commandsInText(text)]),
  );
}

function commandsOfBlocks(text: string): string[] {
  return [...text.matchAll(FENCED)].flatMap(([, block = ""]) => splitCommands(block));
}

function commandsInText(text: string): string[] {
  return [...text.replaceAll(ANY_FENCED, "").matchAll(IN_TEXT)].map(([, command = ""]) => command);
}

/** A line is a command, unless a quote is open at its end or a backslash ends it. */
function splitCommands(block: string): string[] {
  const commands: string[] = [];
  let open = "";
  for (const line of block.trim().split("\n")) {
    open += open === "" ? line : `\n${line}`;
    const isWhole = (open.split("'").length - 1) % 2 === 0 && !open.endsWith("\\");
    if (isWhole) commands.push(open);
    if (isWhole) open = "";
  }
  return commands;
}
