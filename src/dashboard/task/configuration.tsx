import type { Task } from "#gen/milvus/cdc/v1/task_pb.js";
import { duration, time } from "../format.js";
import { targetText } from "../../client/target-text.js";
import { entryText, namesIn } from "../parts/task-words.js";

/** The task as it was created. */
export function Configuration({ task }: { readonly task: Task }) {
  const lines = linesOf(task).filter(([, value]) => value !== "");
  return (
    <section aria-labelledby="configuration" class="card">
      <h2 id="configuration">Configuration</h2>
      <dl class="pairs">
        {lines.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="preserve">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function linesOf(task: Task): readonly (readonly [string, string])[] {
  const selected = [
    ...task.collectionInfos.map((info) =>
      entryText(info, info.name === "*" ? "*.*" : `default.${info.name}`),
    ),
    ...namesIn(task.dbCollections),
  ];
  return [
    ["Created", time(task.createdAt)],
    ["Source", task.source ?? "default"],
    ["Target", targetText(task.milvusConnectParam)],
    ["Collections", selected.join("\n")],
    ["Without", namesIn(task.excludeCollections).join("\n")],
    ["Other names", task.nameMapping.flatMap(mappingLines).join("\n")],
    ["Start", task.startPosition ?? "snapshot"],
    ["Verified every", verifiedText(task)],
    ["Roles", task.replicateRbac === true ? "replicated" : ""],
    ["Early apply", task.earlyApply === false ? "off" : ""],
    ["Load for the snapshot", task.loadForSnapshot === false ? "off" : ""],
  ];
}

function verifiedText({ verifyEverySeconds: every = 0, verifyLevel = "sample" }: Task): string {
  return every === 0 ? "" : `${duration(every * 1000)}, ${verifyLevel}`;
}

function mappingLines({ sourceDb, targetDb, collectionMapping }: Task["nameMapping"][number]): string[] {
  const named = Object.entries(collectionMapping).map(
    ([from, to]) => `${sourceDb}.${from} → ${targetDb}.${to}`,
  );
  return sourceDb === targetDb && named.length > 0 ? named : [`${sourceDb}.* → ${targetDb}.*`, ...named];
}
