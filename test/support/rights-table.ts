import { MILVUS_CALLS, type CallCondition, type CallRight } from "../../src/model/milvus-calls.js";

const HEADER = ["object", "privilege", "source", "target", "for the calls"];
const WHEN: Readonly<Record<CallCondition, string>> = {
  always: "yes",
  load_for_snapshot: "with `load_for_snapshot`",
  replicate_rbac: "with `replicate_rbac`",
  databases: "for other databases than `default`",
};

/** What users need, as a table of Markdown, by the list that plans go by. */
export function rightsTable(): string {
  const rows = new Map<CallRight, { source: string; target: string; calls: string[] }>();
  for (const { call, right, source, target } of MILVUS_CALLS) {
    if (right === undefined) continue;
    const row = rows.get(right) ?? { source: wordOf(source), target: wordOf(target), calls: [] };
    rows.set(right, { ...row, calls: [...row.calls, call] });
  }
  const lines = [...rows].map(([right, { source, target, calls }]) => {
    const [object = "", privilege = ""] = right.split(" ");
    return [object, privilege, source, target, calls.join(", ")];
  });
  return [HEADER, HEADER.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Calls that everybody may make who has a password. */
export function openCalls(): string {
  return MILVUS_CALLS.filter(({ right }) => right === undefined)
    .map(({ call }) => call)
    .join(", ");
}

function wordOf(condition: CallCondition | undefined): string {
  return condition === undefined ? "–" : WHEN[condition];
}
