import type { CollectionName } from "./selection.js";

/** Something that happened to a task and is remembered with it. */
export interface TaskEvent {
  readonly atMs: number;
  /** In words. */
  readonly text: string;
  /** The source's name of the collection, when it is about one. */
  readonly collection?: CollectionName | undefined;
}

/** Older ones are forgotten. */
export const MAX_EVENTS = 200;
