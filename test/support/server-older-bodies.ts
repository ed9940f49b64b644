import { createBody, type BadBody } from "./server-bad-bodies.js";

const target = { uri: "http://127.0.0.1:19530" };
const positions = { "by-dev-rootcoord-dml_0_1v0": "Cg5ieS1kZXYtcm9vdGNvb3Jk" };

/** A create request as a client of the older tool sends it that writes out every field: all empty. */
export const emptyOlderFields = {
  milvus_connect_param: { ...target, token: "", channel_num: 16, ignore_partition: false },
  collection_infos: [{ name: "a", positions: null, use_start_position: false }],
  rpc_channel_info: { name: "", position: "" },
  extra_info: { enable_user_role: false },
  buffer_config: { period: 0, size: 0 },
  kafka_connect_param: {
    address: "",
    topic: "",
    enable_sasl: false,
    sasl: { username: "", password: "", mechanisms: "", security_protocol: "" },
  },
  positions: {},
};

function connect(param: object): string {
  return createBody({ milvus_connect_param: { ...target, ...param } });
}

const startPositions: readonly BadBody[] = [
  {
    name: "a start_position that is no time",
    body: createBody({ start_position: "s3cret" }),
    says: /^start_position: must be snapshot, latest, earliest, or a time of RFC 3339 such as 2026-/,
  },
  {
    name: "a start_position on February 30",
    body: createBody({ start_position: "2026-02-30T00:00:00Z" }),
    says: /^start_position: must be snapshot, latest/,
  },
  {
    name: "a start_position in the future",
    body: createBody({ start_position: "9999-12-31T23:59:59Z" }),
    says: /^start_position: lies in the future/,
  },
  {
    name: "start_position a number",
    body: createBody({ start_position: 1_700_000_000_000 }),
    says: /^start_position: must be a string, not a number/,
  },
  {
    name: "load_for_snapshot a string",
    body: createBody({ load_for_snapshot: "no" }),
    says: /^load_for_snapshot: must be true or false/,
  },
  {
    name: "early_apply a string",
    body: createBody({ early_apply: "no" }),
    says: /^early_apply: must be true or false/,
  },
  {
    name: "replicate_rbac a number",
    body: createBody({ replicate_rbac: 1 }),
    says: /^replicate_rbac: must be true or false/,
  },
  {
    name: "resnapshot a string",
    body: '{"request_type":"resume","request_data":{"task_id":"a","resnapshot":"yes"}}',
    says: /^resnapshot: must be true or false/,
  },
];

const unsupported: readonly BadBody[] = [
  {
    name: "a Kafka as the target",
    body: createBody({ milvus_connect_param: undefined, kafka_connect_param: { address: "h:9092" } }),
    says: /milvus_connect_param: is missing; kafka_connect_param: is not supported, the target is a Milvus/,
  },
  ...[
    { topic: "t" },
    { enable_sasl: true },
    ...["username", "password", "mechanisms", "security_protocol"].map((key) => ({
      sasl: { [key]: "s3cret" },
    })),
  ].map((param) => ({
    name: `a Kafka with ${JSON.stringify(param)}`,
    body: createBody({ kafka_connect_param: param }),
    says: /^kafka_connect_param: is not supported, .*leave it out/,
  })),
  {
    name: "a Kafka that is no object",
    body: createBody({ kafka_connect_param: "h:9092" }),
    says: /^kafka_connect_param: must be an object/,
  },
  {
    name: "positions of a task",
    body: createBody({ positions }),
    says: /^positions: is not supported; give start_position/,
  },
  {
    name: "positions that are no object",
    body: createBody({ positions: [] }),
    says: /^positions: must be an object/,
  },
  {
    name: "positions of a collection",
    body: createBody({ collection_infos: [{ name: "b" }, { name: "a", positions }] }),
    says: /^collection_infos\[1\]\.positions: is not supported; give start_position/,
  },
  {
    name: "positions of a collection of a database",
    body: createBody({ db_collections: { db: [{ name: "a", positions }] } }),
    says: /^db_collections\["db"\]\[0\]\.positions: is not supported; give start_position/,
  },
  {
    name: "positions of numbers",
    body: createBody({ collection_infos: [{ name: "a", positions: { v: 1 } }] }),
    says: /^collection_infos\[0\]\.positions\["v"\]: must be a string/,
  },
  {
    name: "use_start_position",
    body: createBody({ collection_infos: [{ name: "a", use_start_position: true }] }),
    says: /^collection_infos\[0\]\.use_start_position: is not supported; give start_position: earliest/,
  },
  {
    name: "use_start_position in a database",
    body: createBody({ db_collections: { db: [{ name: "a", use_start_position: true }] } }),
    says: /^db_collections\["db"\]\[0\]\.use_start_position: is not supported/,
  },
  {
    name: "use_start_position a string",
    body: createBody({ collection_infos: [{ name: "a", use_start_position: "true" }] }),
    says: /use_start_position: must be true or false/,
  },
];

const misused: readonly BadBody[] = [
  {
    name: "a position in the channel of requests",
    body: createBody({ rpc_channel_info: { name: "by-dev-replicate-msg", position: "s3cret" } }),
    says: /^rpc_channel_info\.position: is not supported; give start_position/,
  },
  {
    name: "the channel of requests a string",
    body: createBody({ rpc_channel_info: "by-dev-replicate-msg" }),
    says: /^rpc_channel_info: must be an object/,
  },
  ...["period", "size"].flatMap((key) =>
    [1, -1].map((value) => ({
      name: `buffer_config.${key} ${value}`,
      body: createBody({ buffer_config: { [key]: value } }),
      says: new RegExp(`^buffer_config\\.${key}: must be 0 or absent, writes are batched by themselves`),
    })),
  ),
  {
    name: "buffer_config.period a fraction",
    body: createBody({ buffer_config: { period: 0.5 } }),
    says: /^buffer_config\.period: must be a whole number, not a fraction/,
  },
  {
    name: "ignore_partition",
    body: connect({ ignore_partition: true }),
    says: /^milvus_connect_param\.ignore_partition: must be false or absent, partitions are always replicated/,
  },
  {
    name: "a negative channel_num",
    body: connect({ channel_num: -1 }),
    says: /^milvus_connect_param\.channel_num: .*0/,
  },
  {
    name: "channel_num a string",
    body: connect({ channel_num: "many" }),
    says: /^milvus_connect_param\.channel_num: must be a whole number/,
  },
  {
    name: "enable_user_role against replicate_rbac",
    body: createBody({ replicate_rbac: false, extra_info: { enable_user_role: true } }),
    says: /^extra_info\.enable_user_role and replicate_rbac say the same and differ; give one of them$/,
  },
  {
    name: "enable_user_role a string",
    body: createBody({ extra_info: { enable_user_role: "yes" } }),
    says: /^extra_info\.enable_user_role: must be true or false/,
  },
  {
    name: "maintenance",
    body: '{"request_type":"maintenance","request_data":{"operation":"set_log_level","params":{}}}',
    says: /^request_type maintenance is not supported, .*log\.level.*; send one of create, list/,
  },
];

/** Bodies with options of ours that are at fault, and with what the older tool took and this service does not. */
export const olderBodies: readonly BadBody[] = [...startPositions, ...unsupported, ...misused];
