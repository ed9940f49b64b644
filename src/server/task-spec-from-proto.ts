import type { CreateTaskRequest } from "#gen/milvus/cdc/v1/cdc_service_pb.js";
import type {
  CollectionInfo,
  CollectionInfos,
  DialConfig as ProtoDialConfig,
  MilvusConnectParam,
  NameMapping as ProtoNameMapping,
} from "#gen/milvus/cdc/v1/task_pb.js";
import { CdcError } from "../model/errors.js";
import { parseMilvusUri } from "../model/milvus-uri.js";
import type { NameMapping } from "../model/name-mapping.js";
import type { CollectionEntry } from "../model/selection.js";
import { parseStartPosition } from "../model/start-position.js";
import type { ConnectParam, DialConfig, TaskSpec } from "../model/task.js";
import { VERIFY_LEVELS } from "../model/verification.js";
import { shownKey } from "./violations.js";

/**
 * What a validated request asks for; `now` is in ms since 1970.
 *
 * @throws CdcError INVALID_ARGUMENT naming the field, for what no rule of the proto can tell.
 */
export function taskSpecFromProto(request: CreateTaskRequest, now: number): TaskSpec {
  const excluded = databasesFromProto(request.excludeCollections, "exclude_collections", collectionNames);
  return {
    connectParam: connectParamFromProto(request.milvusConnectParam),
    collections: collectionEntries(request.collectionInfos, "collection_infos"),
    databases: databasesFromProto(request.dbCollections, "db_collections", collectionEntries),
    ...(Object.keys(excluded).length > 0 && { excluded }),
    nameMappings: request.nameMapping.map(nameMappingFromProto),
    source: request.source,
    ...optionsFromProto(request, now),
    earlyApply: request.earlyApply,
    ...verifyScheduleFromProto(request),
    rpcChannel: given(request.rpcChannelInfo?.name),
  };
}

type Options = Pick<TaskSpec, "start" | "loadForSnapshot" | "replicateRbac" | "given">;

function optionsFromProto(request: CreateTaskRequest, now: number): Options {
  const start = given(request.startPosition);
  const { loadForSnapshot } = request;
  // of the older tool's clients, some always send a false one
  const replicateRbac = request.extraInfo?.enableUserRole === true ? true : request.replicateRbac;
  return {
    start: start === undefined ? { kind: "snapshot" } : parseStartPosition(start, now),
    loadForSnapshot: loadForSnapshot ?? true,
    replicateRbac: replicateRbac ?? false,
    given: [
      ...(start === undefined ? [] : (["start"] as const)),
      ...(loadForSnapshot === undefined ? [] : (["loadForSnapshot"] as const)),
      ...(replicateRbac === undefined ? [] : (["replicateRbac"] as const)),
    ],
  };
}

function verifyScheduleFromProto(request: CreateTaskRequest): Pick<TaskSpec, "verifySchedule"> {
  const { verifyEverySeconds: everySeconds = 0, verifyMaxRowsPerSecond: maxRowsPerSecond } = request;
  const level = VERIFY_LEVELS.find((one) => one === request.verifyLevel);
  return everySeconds === 0 ? {} : { verifySchedule: { everySeconds, level, maxRowsPerSecond } };
}

function connectParamFromProto(param: MilvusConnectParam | undefined): ConnectParam {
  if (param === undefined) throw invalid("milvus_connect_param", "is missing");
  if (param.uri !== undefined) checkUri(param.uri);
  if (param.host !== undefined) checkHost(param.host);
  return {
    uri: param.uri,
    token: given(param.token),
    host: param.host,
    port: param.port,
    username: given(param.username),
    password: given(param.password),
    enableTls: param.enableTls,
    connectTimeoutSeconds: param.connectTimeout,
    dialConfig: param.dialConfig && dialConfigFromProto(param.dialConfig),
  };
}

function dialConfigFromProto(config: ProtoDialConfig): DialConfig {
  return {
    serverName: given(config.serverName),
    serverPemPath: given(config.serverPemPath),
    caPemPath: given(config.caPemPath),
    clientPemPath: given(config.clientPemPath),
    clientKeyPath: given(config.clientKeyPath),
  };
}

/** Clients of the documented API send "" for what they don't use. */
function given(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

function checkUri(uri: string): void {
  try {
    parseMilvusUri(uri);
  } catch (error) {
    const { message } = CdcError.from(error);
    throw new CdcError("INVALID_ARGUMENT", message, { field: "milvus_connect_param.uri", cause: error });
  }
}

/** Names, IPv4, and IPv6 with or without brackets; a scheme, path, port or userinfo belongs into `uri`. */
const HOST = /^(?:[\p{L}\p{N}._-]+|\[?[0-9a-f:.]*:[0-9a-f:.]*(?:%\w+)?\]?)$/iu;

function checkHost(host: string): void {
  if (HOST.test(host) && !/^[^[:]+:[^:]*$/.test(host)) return;
  throw invalid("milvus_connect_param.host", "must be a bare host name or address; use uri for more");
}

function databasesFromProto<T>(
  byDatabase: Readonly<Record<string, CollectionInfos>>,
  within: "db_collections" | "exclude_collections",
  read: (infos: readonly CollectionInfo[], field: string) => T,
): Readonly<Record<string, T>> {
  // Object.fromEntries defines own properties, so that a database `__proto__` is but a name.
  return Object.fromEntries(
    Object.entries(byDatabase).map(([database, { collectionInfos }]) => {
      const field = `${within}[${shownKey(database)}]`;
      checkName(database, field);
      return [database, read(collectionInfos, `${field}.collection_infos`)];
    }),
  );
}

function collectionEntries(infos: readonly CollectionInfo[], field: string): readonly CollectionEntry[] {
  return infos.map(({ name, partitions }, i) => {
    checkName(name, `${field}[${i}].name`);
    partitions.forEach((partition, j) => checkName(partition, `${field}[${i}].partitions[${j}]`));
    return partitions.length === 0 ? name : { name, partitions };
  });
}

/** Those that are left out, which they are as a whole: it would be unclear what of one another entry still selects. */
function collectionNames(infos: readonly CollectionInfo[], field: string): readonly string[] {
  return infos.map(({ name, partitions }, i) => {
    checkName(name, `${field}[${i}].name`);
    if (partitions.length === 0) return name;
    throw invalid(
      `${field}[${i}].partitions`,
      "is not supported; name the partitions that are wanted in collection_infos or db_collections",
    );
  });
}

function nameMappingFromProto(mapping: ProtoNameMapping, i: number): NameMapping {
  const field = `name_mapping[${i}]`;
  checkName(mapping.sourceDb, `${field}.source_db`);
  checkName(mapping.targetDb, `${field}.target_db`);
  for (const [from, to] of Object.entries(mapping.collectionMapping)) {
    checkName(from, `${field}.collection_mapping`);
    checkName(to, `${field}.collection_mapping[${shownKey(from)}]`);
  }
  return {
    sourceDatabase: mapping.sourceDb,
    targetDatabase: mapping.targetDb,
    collections: Object.fromEntries(Object.entries(mapping.collectionMapping)),
  };
}

/** Which letters a name may have is Milvus's to say and changes between versions; no version takes control characters. */
function checkName(name: string, field: string): void {
  if (/\p{Cc}/u.test(name))
    throw invalid(field, "has a control character, no Milvus name has one; remove it");
}

function invalid(field: string, description: string): CdcError {
  return new CdcError("INVALID_ARGUMENT", description, { field });
}
