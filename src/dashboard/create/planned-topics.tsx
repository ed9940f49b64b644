import type { PlannedTopic } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import { count } from "../format.js";

/** What of the log is read, and from where on. */
export function PlannedTopics({ topics }: { readonly topics: readonly PlannedTopic[] }) {
  if (topics.length === 0) return null;
  return (
    <details>
      <summary>Topics</summary>
      <ul class="small">
        {topics.map((topic) => (
          <li key={topic.name}>
            {topic.name} <span class="quiet">{placeOf(topic)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function placeOf({ isThere, problem, startOffset, firstOffset = 0n }: PlannedTopic): string {
  if (!isThere) return problem === undefined ? "comes with the first request" : "is missing";
  const gone = firstOffset > 0n ? `; what is older than ${count(firstOffset)} is gone` : "";
  return `from offset ${count(startOffset)}${gone}`;
}
