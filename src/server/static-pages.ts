import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import type { HttpHandler } from "./http-exchange.js";
import { replyBytes } from "./reply.js";
import type { Routes } from "./request-router.js";

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
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  return new Map(names.map((name) => [name === INDEX ? "/" : `/${name}`, pageOf(folder, name)]));
}

function pageOf(folder: string, name: string): HttpHandler {
  const plain = readFileSync(join(folder, name));
  const headers = {
    "content-type": CONTENT_TYPES[extname(name)] ?? "application/octet-stream",
    "cache-control": name.startsWith(HASHED) ? "public, max-age=31536000, immutable" : "no-cache",
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    vary: "accept-encoding",
    etag: `"${createHash("sha256").update(plain).digest("base64url")}"`,
  };
  // with the first request: most starts of the service are followed by none
  let packed: Buffer | undefined;
  return (request, response) => {
    if (request.headers["if-none-match"] === headers.etag)
      replyBytes(request, response, 304, undefined, headers);
    else if (/\bgzip\b/.test(request.headers["accept-encoding"]?.toString() ?? ""))
      replyBytes(request, response, 200, (packed ??= gzipSync(plain)), {
        ...headers,
        "content-encoding": "gzip",
      });
    else replyBytes(request, response, 200, plain, headers);
  };
}
