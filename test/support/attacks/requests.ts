import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { bearer, LIST, plain, raw, second, SERVICE, type Attack, type Door } from "./attack.js";

const REFUSED = /^40[0134] |"grpc-status":"16"/;

/** Credentials that are none, in all the ways in which they could be taken for some. */
const credentials: readonly (readonly [string, (door: Door) => Record<string, string>])[] = [
  ["Basic", () => ({ authorization: `Basic ${Buffer.from("admin:admin").toString("base64")}` })],
  ["a token as Basic", ({ tokens }) => ({ authorization: `Basic ${tokens.operator}` })],
  ["a token alone", ({ tokens }) => ({ authorization: tokens.operator })],
  ["an empty token", () => ({ authorization: "Bearer " })],
  ["the beginning of a token", ({ tokens }) => ({ authorization: `Bearer ${tokens.operator.slice(0, -1)}` })],
  ["a token and more", ({ tokens }) => ({ authorization: `Bearer ${tokens.operator}x` })],
  [
    "a token in other letters",
    ({ tokens }) => ({ authorization: `Bearer ${tokens.operator.toUpperCase()}` }),
  ],
  ["two in one line", ({ tokens }) => ({ authorization: `Bearer x, Bearer ${tokens.operator}` })],
  ["the hash of a token", ({ tokens }) => ({ authorization: `Bearer ${sha256(tokens.operator)}` })],
  ["a pattern", () => ({ authorization: "Bearer *" })],
  [
    "an unsigned JSON web token",
    () => ({ authorization: "Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYWRtaW4ifQ." }),
  ],
  ["10 kB", () => ({ authorization: `Bearer ${"x".repeat(10_000)}` })],
  ["a cookie", ({ tokens }) => ({ cookie: `milvus-cdc-token=${tokens.operator}; token=${tokens.operator}` })],
  ["a proxy's header", ({ tokens }) => ({ "proxy-authorization": `Bearer ${tokens.operator}` })],
  [
    "what proxies say of callers",
    () => ({ "x-forwarded-user": "admin", "x-remote-user": "admin", "x-role": "admin" }),
  ],
  [
    "a forwarded certificate",
    () => ({ "x-forwarded-client-cert": 'Subject="CN=admin"', "x-ssl-client-verify": "SUCCESS" }),
  ],
  [
    "a local address",
    () => ({ "x-forwarded-for": "127.0.0.1", forwarded: "for=127.0.0.1", host: "localhost" }),
  ],
];

const bypasses: readonly Attack[] = credentials.flatMap(([what, headersOf]) => [
  {
    name: `/cdc with ${what}`,
    attempt: (door) => plain(door, "/cdc", { headers: headersOf(door), body: LIST }),
    refusal: REFUSED,
  },
  {
    name: `gRPC with ${what}`,
    attempt: (door) => {
      const headers = Object.fromEntries(Object.entries(headersOf(door)).filter(([name]) => name !== "host"));
      return second(door, {
        ":path": `/${SERVICE}/ListTasks`,
        "content-type": "application/grpc",
        ...headers,
      });
    },
    refusal: REFUSED,
  },
]);

/** Paths that could be taken for ones that are open. */
const paths = [
  "/cdc/",
  "//cdc",
  "/./cdc",
  "/healthz/../cdc",
  "/healthz/..%2fcdc",
  "/%63dc",
  "/CDC",
  "/cdc;/healthz",
  "/cdc%00",
  "/cdc?x=/healthz",
  "/healthz/cdc",
  "/metrics",
  "/metrics/",
  "/metrics?open=true",
  `//${SERVICE}/ListTasks`,
  `/grpc.health.v1.Health/../${SERVICE}/ListTasks`,
  `/grpc.health.v1.Health/Check/../../${SERVICE}/ListTasks`,
  `/${SERVICE}/ListTasks?path=/grpc.health.v1.Health/Check`,
  `/${SERVICE.toLowerCase()}/ListTasks`,
  "/assets/../../package.json",
  "/..%2f..%2f..%2fetc/passwd",
  "/%2e%2e/%2e%2e/etc/passwd",
  "/\\..\\..\\package.json",
  "/.env",
  "/.git/config",
  "/config.yaml",
  "/data/milvus-cdc.db",
  "/debug/pprof/heap",
  "/proc/self/environ",
];

const tricks: readonly Attack[] = paths.flatMap((path) => [
  {
    name: `POST ${path}`,
    attempt: (door) => plain(door, path, { headers: { "content-type": "application/json" }, body: LIST }),
    refusal: REFUSED,
  },
  {
    name: `GET ${path} by HTTP/2`,
    attempt: (door) => second(door, { ":path": path, ":method": "GET" }),
    refusal: REFUSED,
  },
]);

const methods: readonly Attack[] = ["TRACE", "OPTIONS", "PUT", "CONNECT", "PROPFIND"].map((method) => ({
  name: `${method} /cdc`,
  attempt: (door) =>
    raw(door, `${method} /cdc HTTP/1.1\r\nHost: a\r\nX-Planted: planted\r\nConnection: close\r\n\r\n`),
  refusal: /^$|^HTTP\/1.1 40[015] (?![^]*planted)/,
}));

const overrides: readonly Attack[] = [
  {
    name: "another method by a header",
    attempt: (door) =>
      plain(door, "/healthz", {
        headers: { "x-http-method-override": "GET", "x-original-url": "/cdc" },
        body: LIST,
      }),
    refusal: /^405 /,
  },
  {
    name: "a page of another site",
    attempt: (door) =>
      plain(door, "/cdc", {
        headers: { ...bearer(door.tokens.reader), "sec-fetch-site": "cross-site" },
        body: LIST,
      }),
    refusal: /^403 /,
  },
  {
    name: "a page of another site that asks first",
    attempt: (door) =>
      plain(door, "/cdc", {
        method: "OPTIONS",
        headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
      }),
    refusal: /^40[15] (?!.*access-control-allow)/,
  },
];

const sizes: readonly Attack[] = [
  {
    name: "5 MiB",
    attempt: (door) =>
      plain(door, "/cdc", { headers: bearer(door.tokens.reader), body: " ".repeat(5 << 20) }),
    refusal: /^413 /,
  },
  {
    name: "5 MiB by nobody",
    attempt: (door) => plain(door, "/cdc", { body: " ".repeat(5 << 20) }),
    refusal: /^401 /,
  },
  {
    name: "10 kB to a probe by nobody",
    attempt: (door) =>
      plain(door, "/grpc.health.v1.Health/Check", {
        headers: { "content-type": "application/json" },
        body: " ".repeat(10_000),
      }),
    refusal: /^429 .*"resource_exhausted"/,
  },
  {
    name: "64 MiB in 64 kB",
    attempt: (door) =>
      plain(door, `/${SERVICE}/ListTasks`, {
        headers: {
          ...bearer(door.tokens.reader),
          "content-type": "application/json",
          "content-encoding": "gzip",
        },
        body: gzipSync(Buffer.alloc(64 << 20)),
      }),
    refusal: /^4(?:13|29) /,
  },
  {
    name: "JSON of 100,000 levels",
    attempt: (door) =>
      plain(door, "/cdc", { headers: bearer(door.tokens.reader), body: "[".repeat(100_000) }),
    refusal: /^400 .*deeper/,
  },
  {
    name: "headers of 100 kB",
    attempt: (door) => raw(door, `POST /cdc HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(100_000)}\r\n\r\n`),
    refusal: /^HTTP\/1.1 431 |^$/,
  },
  {
    name: "5,000 headers",
    attempt: (door) => raw(door, `POST /cdc HTTP/1.1\r\nHost: a\r\n${"x:y\r\n".repeat(5_000)}\r\n`),
    refusal: /^HTTP\/1.1 4(?:00|01|31) |^$/,
  },
  {
    name: "a path of 100 kB",
    attempt: (door) => raw(door, `GET /${"a".repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`),
    refusal: /^HTTP\/1.1 431 |^$/,
  },
];

export const requestAttacks: readonly Attack[] = [...bypasses, ...tricks, ...methods, ...overrides, ...sizes];

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
