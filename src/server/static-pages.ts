import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { HttpHandler, HttpRequest, HttpResponse } from "./http-exchange.js";
import type { Routes } from "./request-router.js";

/** One file, as it is sent. */
interface StaticFile {
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".md": "text/markdown; charset=utf-8",
};

/** Nothing but what this server sends itself; no other page may put it into a frame. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const INDEX = "index.html";
/** The names of these tell their content. */
const HASHED = "assets/";

/**
 * The files of a folder as pages, held in memory; `index.html` is that of `/`. Only what is there at the start can be
 * asked for, so no path leads out of the folder.
 *
 * @throws Error when the folder cannot be read
 */
export function staticPages(folder: string): Routes {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replace(/^\//, ""));
  return new Map(names.map((name) => [name === INDEX ? "/" : `/${name}`, pageOf(folder, name)]));
}

function pageOf(folder: string, name: string): HttpHandler {
  const plain = readFileSync(join(folder, name));
  const etag = `"${createHash("sha256").update(plain).digest("base64url")}"`;
  const file: StaticFile = {
    plain,
    gzip: gzipSync(plain),
    headers: {
      "content-type": CONTENT_TYPES[extname(name)] ?? "application/octet-stream",
      "cache-control": name.startsWith(HASHED) ? "public, max-age=31536000, immutable" : "no-cache",
      "content-security-policy": CONTENT_POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      vary: "accept-encoding",
      etag,
    },
  };
  return (request, response) => send(file, request, response);
}

function send({ plain, gzip, headers }: StaticFile, request: HttpRequest, response: HttpResponse): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (request.headers["if-none-match"] === headers["etag"]) {
    response.statusCode = 304;
    response.end();
    return;
  }
  const isPacked = /\bgzip\b/.test(request.headers["accept-encoding"]?.toString() ?? "");
  const bytes = isPacked ? gzip : plain;
  if (isPacked) response.setHeader("content-encoding", "gzip");
  response.setHeader("content-length", bytes.length);
  if (request.method === "HEAD") response.end();
  else response.end(bytes);
}
