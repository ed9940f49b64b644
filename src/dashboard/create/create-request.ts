import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CreateTaskRequestSchema } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type { FormFaults, FormValues } from "./form-values.js";
import { hasSchedule, scheduleFaults, scheduleOf } from "./verify-schedule.js";
import {
  readCollections,
  readRenamings,
  readSelection,
  type Renaming,
  type SelectedCollections,
} from "./name-lines.js";

type Request = MessageInitShape<typeof CreateTaskRequestSchema>;

/** What can be said to be wrong without asking the service. */
export function faultsOf(values: FormValues): FormFaults {
  const checks: readonly (readonly [keyof FormValues, string | undefined])[] = [
    ["uri", uriFault(values.uri.trim())],
    ["collections", values.isEverything ? undefined : collectionsFault(values.collections)],
    ["excluded", readCollections(values.excluded).fault],
    ["names", readRenamings(values.names).fault],
    ["startTime", values.start === "time" && values.startTime === "" ? "Give a date and a time." : undefined],
    ...scheduleFaults(values),
  ];
  return Object.fromEntries(checks.filter(([, fault]) => fault !== undefined));
}

/** Of values without faults. What is as by default is left out. */
export function requestOf(values: FormValues): Request {
  const { isEverything, source, loadForSnapshot, replicateRbac, earlyApply, startsNow } = values;
  const excluded = readCollections(values.excluded).values;
  return {
    milvusConnectParam: { uri: values.uri.trim(), token: values.token === "" ? undefined : values.token },
    collectionInfos: isEverything ? [{ name: "*" }] : [],
    dbCollections: isEverything ? {} : byDatabase(readSelection(values.collections).values),
    excludeCollections: byDatabase(excluded),
    nameMapping: mappings(readRenamings(values.names).values),
    source: source.trim() === "" ? undefined : source.trim(),
    startPosition: startOf(values),
    loadForSnapshot: loadForSnapshot ? undefined : false,
    replicateRbac: replicateRbac ? true : undefined,
    earlyApply: earlyApply ? undefined : false,
    disableAutoStart: startsNow ? undefined : true,
    ...(hasSchedule(values) && scheduleOf(values)),
  };
}

function uriFault(uri: string): string | undefined {
  if (uri === "") return "Give the address of the target Milvus, such as http://target:19530.";
  if (!URL.canParse(uri) || !/^https?:\/\/[^/]/i.test(uri))
    return "This is no address; it begins with http:// or, for TLS, https://.";
  return undefined;
}

function collectionsFault(text: string): string | undefined {
  const { values, fault } = readSelection(text);
  return fault ?? (values.length === 0 ? "Name at least one collection." : undefined);
}

function startOf({ start, startTime }: FormValues): string | undefined {
  if (start === "time") return new Date(startTime).toISOString();
  return start === "snapshot" ? undefined : start;
}

function byDatabase(patterns: readonly SelectedCollections[]): Request["dbCollections"] {
  const databases: Record<string, { collectionInfos: { name: string; partitions?: string[] }[] }> = {};
  for (const { database, collection: name, partitions } of patterns)
    (databases[database] ??= { collectionInfos: [] }).collectionInfos.push({
      name,
      ...(partitions && { partitions: [...partitions] }),
    });
  return databases;
}

/** One for each pair of databases. */
function mappings(renamings: readonly Renaming[]): Request["nameMapping"] {
  const found = new Map<string, { sourceDb: string; targetDb: string; names: Record<string, string> }>();
  for (const { from, to } of renamings) {
    const key = `${from[0]} ${to[0]}`;
    const mapping = found.get(key) ?? { sourceDb: from[0], targetDb: to[0], names: {} };
    if (from[1] !== undefined && to[1] !== undefined) mapping.names[from[1]] = to[1];
    found.set(key, mapping);
  }
  return [...found.values()].map(({ sourceDb, targetDb, names }) => ({
    sourceDb,
    targetDb,
    collectionMapping: names,
  }));
}
