/** A body that `POST /cdc` refuses with 400, and what its message has to say. */
export interface BadBody {
  readonly name: string;
  readonly body: string | Uint8Array;
  readonly says: RegExp;
}

const target = { uri: "http://127.0.0.1:19530" };
const infos = [{ name: "a" }];

/** A create request with the parts at fault put in. */
export function createBody(data: object): string {
  const requestData = { milvus_connect_param: target, collection_infos: infos, ...data };
  return JSON.stringify({ request_type: "create", request_data: requestData });
}

function connect(param: object): string {
  return createBody({ milvus_connect_param: param });
}

function envelope(requestType: unknown, requestData?: unknown): string {
  return JSON.stringify({ request_type: requestType, request_data: requestData });
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const deep = "[".repeat(100_000);

const unusable: readonly BadBody[] = [
  { name: "empty", body: "", says: /body is empty/ },
  { name: "white space", body: " \n\t ", says: /body is empty/ },
  { name: "half an object", body: '{"request_type":', says: /not valid JSON/ },
  { name: "a secret in broken JSON", body: '{"token":"s3cret",}', says: /not valid JSON/ },
  { name: "text", body: "request_type=list", says: /not valid JSON/ },
  { name: "binary garbage", body: bytes(0x89, 0x50, 0x4e, 0x47, 0, 0xff), says: /not valid UTF-8/ },
  { name: "invalid UTF-8 in a string", body: bytes(0x22, 0xc3, 0x28, 0x22), says: /not valid UTF-8/ },
  { name: "a NUL byte", body: "\0", says: /not valid JSON/ },
  { name: "two values", body: '{"request_type":"list"}{}', says: /not valid JSON/ },
  { name: "null", body: "null", says: /must be a JSON object/ },
  { name: "an array", body: "[]", says: /must be a JSON object/ },
  { name: "a string", body: '"list"', says: /must be a JSON object/ },
  { name: "a number", body: "1e999", says: /must be a JSON object/ },
  { name: "deep and unclosed", body: deep, says: /nested deeper than 64/ },
  { name: "deep under an unknown key", body: `{"request_type":"list","x":${deep}`, says: /nested deeper/ },
  {
    name: "deep objects",
    body: `{"request_type":"list","request_data":${'{"a":'.repeat(100_000)}`,
    says: /nested deeper/,
  },
];

const misaddressed: readonly BadBody[] = [
  { name: "no request_type", body: "{}", says: /request_type is missing.*create, list, get/ },
  { name: "request_type null", body: envelope(null), says: /request_type.*create, list/ },
  { name: "request_type a number", body: envelope(5), says: /request_type.*create, list/ },
  { name: "request_type an object", body: envelope({}), says: /request_type.*create, list/ },
  {
    name: "an unknown request_type",
    body: envelope("s3cret"),
    says: /request_type is unknown.*position/,
  },
  { name: "request_type in capitals", body: envelope("LIST"), says: /request_type is unknown/ },
  { name: "request_type __proto__", body: envelope("__proto__"), says: /request_type is unknown/ },
  { name: "request_type constructor", body: envelope("constructor"), says: /request_type is unknown/ },
  {
    name: "request_type of a prototype",
    body: '{"__proto__":{"request_type":"list"}}',
    says: /request_type is missing/,
  },
  { name: "request_data null", body: envelope("list", null), says: /request_data must be an object/ },
  { name: "request_data an array", body: envelope("list", []), says: /request_data must be an object/ },
  { name: "request_data a string", body: envelope("get", "x"), says: /request_data must be an object/ },
];

const misshapen: readonly BadBody[] = [
  { name: "get without task_id", body: envelope("get"), says: /task_id: must not be empty/ },
  {
    name: "task_id a number",
    body: envelope("get", { task_id: 7 }),
    says: /task_id: must be a string, not a number/,
  },
  {
    name: "task_id an object",
    body: envelope("get", { task_id: {} }),
    says: /task_id: must be a string, not an object/,
  },
  { name: "task_id too long", body: envelope("get", { task_id: "a".repeat(300) }), says: /task_id: .*255/ },
  {
    name: "task_id twice",
    body: envelope("get", { task_id: "a", taskId: "b" }),
    says: /task_id: is given twice/,
  },
  {
    name: "collection_infos an object",
    body: createBody({ collection_infos: {} }),
    says: /collection_infos: must be an array/,
  },
  {
    name: "partitions of a collection that is left out",
    body: createBody({ exclude_collections: { db: [{ name: "a", partitions: ["p"] }] } }),
    says: /^exclude_collections\["db"\]\[0\]\.partitions: is not supported/,
  },
  {
    name: "partitions that are no array",
    body: createBody({ collection_infos: [{ name: "a", partitions: "p" }] }),
    says: /^collection_infos\[0\]\.partitions: must be an array/,
  },
  {
    name: "a partition without a name",
    body: createBody({ collection_infos: [{ name: "a", partitions: ["p", ""] }] }),
    says: /^collection_infos\[0\]\.partitions\[1\]: /,
  },
  {
    name: "collection_infos of strings",
    body: createBody({ collection_infos: ["a"] }),
    says: /collection_infos\[0\]: must be an object/,
  },
  {
    name: "collection_infos of null",
    body: createBody({ collection_infos: [null] }),
    says: /collection_infos\[0\]: must be an object, not null/,
  },
  {
    name: "a collection's name a number",
    body: createBody({ collection_infos: [{ name: "a" }, { name: 1 }] }),
    says: /collection_infos\[1\]\.name: must be a string/,
  },
  {
    name: "a collection's name empty",
    body: createBody({ collection_infos: [{ name: "" }] }),
    says: /collection_infos\[0\]\.name: must not be empty/,
  },
  {
    name: "a collection's name missing",
    body: createBody({ collection_infos: [{}] }),
    says: /collection_infos\[0\]\.name: must not be empty/,
  },
  {
    name: "a collection's name too long",
    body: createBody({ collection_infos: [{ name: "a".repeat(256) }] }),
    says: /collection_infos\[0\]\.name: .*255/,
  },
  {
    name: "a NUL in a name",
    body: createBody({ collection_infos: [{ name: "a\0b" }] }),
    says: /collection_infos\[0\]\.name: .*control character/,
  },
  {
    name: "a lone surrogate in a name",
    body: String.raw`{"request_type":"create","request_data":{"collection_infos":[{"name":"\ud800"}]}}`,
    says: /collection_infos\[0\]\.name: .*surrogate/,
  },
  {
    name: "no collections",
    body: createBody({ collection_infos: [] }),
    says: /collection_infos or db_collections must name/,
  },
  {
    name: "db_collections an array",
    body: createBody({ db_collections: [] }),
    says: /db_collections: must be an object/,
  },
  {
    name: "db_collections of a string",
    body: createBody({ db_collections: { db: "a" } }),
    says: /db_collections\["db"\]: must be an object/,
  },
  {
    name: "an empty database",
    body: createBody({ db_collections: { db: [] } }),
    says: /db_collections\["db"\]: must name at least one/,
  },
  {
    name: "an empty name in a database",
    body: createBody({ db_collections: { db: [{ name: "" }] } }),
    says: /db_collections\["db"\]\[0\]\.name: must not be empty/,
  },
  {
    name: "a database without name",
    body: createBody({ db_collections: { "": infos } }),
    says: /db_collections\[""\]: /,
  },
  {
    name: "name_mapping without target",
    body: createBody({ name_mapping: [{ source_db: "a" }] }),
    says: /name_mapping\[0\]\.target_db: must not be empty/,
  },
  {
    name: "collection_mapping of numbers",
    body: createBody({ name_mapping: [{ source_db: "a", target_db: "b", collection_mapping: { c: 1 } }] }),
    says: /collection_mapping\["c"\]: must be a string/,
  },
  {
    name: "a client's task_id in capitals",
    body: createBody({ task_id: "ABC" }),
    says: /task_id: must be 32 lower-case hex/,
  },
  {
    name: "disable_auto_start a string",
    body: createBody({ disable_auto_start: "yes" }),
    says: /disable_auto_start: must be true or false/,
  },
];

const unreachable: readonly BadBody[] = [
  {
    name: "no milvus_connect_param",
    body: createBody({ milvus_connect_param: undefined }),
    says: /milvus_connect_param: is missing/,
  },
  {
    name: "milvus_connect_param null",
    body: createBody({ milvus_connect_param: null }),
    says: /milvus_connect_param: is missing/,
  },
  {
    name: "milvus_connect_param a string",
    body: createBody({ milvus_connect_param: "h:1" }),
    says: /milvus_connect_param: must be an object/,
  },
  {
    name: "neither uri nor host",
    body: connect({}),
    says: /milvus_connect_param: give uri, or host and port, and not both/,
  },
  {
    name: "uri and host",
    body: connect({ ...target, host: "h", port: 1 }),
    says: /milvus_connect_param: give uri, or host/,
  },
  {
    name: "a host without port",
    body: connect({ host: "h" }),
    says: /milvus_connect_param: give uri, or host and port/,
  },
  {
    name: "a host with a scheme",
    body: connect({ host: "http://h", port: 1 }),
    says: /milvus_connect_param\.host: must be a bare host/,
  },
  {
    name: "a host with a port",
    body: connect({ host: "h:1", port: 1 }),
    says: /milvus_connect_param\.host: must be a bare host/,
  },
  { name: "port 0", body: connect({ host: "h", port: 0 }), says: /milvus_connect_param\.port: .*1 .*65535/ },
  {
    name: "port 70000",
    body: connect({ host: "h", port: 70000 }),
    says: /milvus_connect_param\.port: .*65535/,
  },
  { name: "port -1", body: connect({ host: "h", port: -1 }), says: /milvus_connect_param\.port: .*65535/ },
  {
    name: "port 1.5",
    body: connect({ host: "h", port: 1.5 }),
    says: /milvus_connect_param\.port: must be a whole number, not a fraction/,
  },
  {
    name: "port abc",
    body: connect({ host: "h", port: "abc" }),
    says: /milvus_connect_param\.port: must be a whole number, not a string/,
  },
  {
    name: "port 1e400",
    body: connect({ host: "h", port: 1 }).replace(/"port":1/, '"port":1e400'),
    says: /milvus_connect_param\.port: must be a whole number/,
  },
  {
    name: "port 2^53",
    body: connect({ host: "h", port: 2 ** 53 }),
    says: /milvus_connect_param\.port: must be a whole number/,
  },
  {
    name: "a negative connect_timeout",
    body: connect({ ...target, connect_timeout: -1 }),
    says: /milvus_connect_param\.connect_timeout: .*0/,
  },
  {
    name: "a huge connect_timeout",
    body: connect({ ...target, connect_timeout: 601 }),
    says: /milvus_connect_param\.connect_timeout: .*600/,
  },
  { name: "an empty uri", body: connect({ uri: "" }), says: /milvus_connect_param\.uri: must not be empty/ },
  { name: "no uri", body: connect({ uri: "http://" }), says: /milvus_connect_param\.uri: / },
  {
    name: "a uri of another scheme",
    body: connect({ uri: "ftp://h:1" }),
    says: /milvus_connect_param\.uri: .*scheme is ftp.*http/,
  },
  {
    name: "a uri with a path",
    body: connect({ uri: "http://h:1/db" }),
    says: /milvus_connect_param\.uri: .*something follows/,
  },
  { name: "a uri with a bad port", body: connect({ uri: "h:70000" }), says: /milvus_connect_param\.uri: / },
  {
    name: "a secret in a bad uri",
    body: connect({ uri: "ftp://root:s3cret@h" }),
    says: /milvus_connect_param\.uri: /,
  },
  {
    name: "a username alone",
    body: connect({ ...target, username: "s3cret" }),
    says: /milvus_connect_param: username and password belong together/,
  },
  {
    name: "a password alone",
    body: connect({ ...target, password: "s3cret" }),
    says: /milvus_connect_param: username and password/,
  },
  {
    name: "a password that is no string",
    body: connect({ ...target, username: "u", password: ["s3cret"] }),
    says: /milvus_connect_param\.password: must be a string, not an array/,
  },
  {
    name: "token and username",
    body: connect({ ...target, token: "s3cret", username: "u", password: "p" }),
    says: /milvus_connect_param: give token, or username/,
  },
];

/** All of them. */
export const badBodies: readonly BadBody[] = [...unusable, ...misaddressed, ...misshapen, ...unreachable];
