import type { PlannedTopic } from "../../src/engine/planned-topics.js";
import type { TaskPreview } from "../../src/engine/task-preview.js";

const NOTHING_MISSING = { needed: [], missing: [], reason: undefined };

/** A plan in which nothing was found. */
export const EMPTY_PREVIEW: TaskPreview = {
  collections: [],
  collectionsTotal: 0,
  topics: [],
  rights: { source: NOTHING_MISSING, target: NOTHING_MISSING },
  problems: [],
};

/** One that is there, and all of it. */
export function plannedTopic(channel: string): PlannedTopic {
  return { channel, isThere: true, firstOffset: 0n, startOffset: 42n, problem: undefined };
}
