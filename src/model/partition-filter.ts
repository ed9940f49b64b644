import { matchesName } from "./name-pattern.js";

/** Names of partitions, or patterns: of a collection, these alone are replicated. Undefined is all of them. */
export type PartitionFilter = readonly string[] | undefined;

const EVERYTHING = /^\*+$/;

/** The empty name is no partition's: a record of all of them, or one that does not tell. */
export function isPartitionSelected(filter: PartitionFilter, partition: string): boolean {
  return filter === undefined || partition === "" || filter.some((one) => matchesName(one, partition));
}

/** What any of them selects. */
export function anyOf(filters: readonly PartitionFilter[]): PartitionFilter {
  const names = new Set<string>();
  for (const filter of filters) {
    // also one of `*`: then there is nothing to tell apart, as in a collection with a partition key
    if (filter === undefined || filter.some((one) => EVERYTHING.test(one))) return undefined;
    for (const name of filter) names.add(name);
  }
  return [...names].sort();
}
