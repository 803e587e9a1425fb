/**
 * What people open in a browser: the page at `/`, the API reference at `/docs`, and the files of both. They use nothing but
 * this server's routes, and load nothing from elsewhere.
 *
 * @module
 */
import { Hono } from "hono";
import type { Context } from "hono";
import { createHash } from "node:crypto";
import { shown } from "../pipeline/request/request_error.ts";
import { ASSETS, DOCUMENTS } from "./assets/files.ts";
import { ProblemError } from "./answers/problem.ts";

/** Lets a document run and show what this server serves and what it makes itself, and nothing else, nor in a frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** A file with the headers that it is served with. */
interface File {
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** `GET /`, `/docs` and `/assets/{folder}/{name}`. */
export function pageRoutes(): Hono {
  const files = new Map(Object.entries(ASSETS).map(([path, text]) => [path, toFile(text, path.split(".").pop()!)]));
  const app = new Hono();
  for (const [path, text] of [["/", DOCUMENTS.page], ["/docs", DOCUMENTS.reference]] as const) {
    const document = toFile(text, "html", { "content-security-policy": POLICY });
    app.get(path, (c) => serve(c, document));
  }
  app.get("/assets/:folder/:name", (c) => {
    const path = `${c.req.param("folder")}/${c.req.param("name")}`;
    const file = files.get(path);
    if (!file) {
      throw new ProblemError("not_found", `path is ${shown(`/assets/${path}`)}; / and /docs load what there is`);
    }
    return serve(c, file);
  });
  return app;
}

/** The file, or nothing for a browser that has it; it asks each time, so that an update is never mixed with what was before. */
function serve(c: Context, { text, headers }: File): Response {
  // Compressing turns the tag into a weak one.
  const known = (c.req.header("if-none-match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return known.includes(headers["etag"]!) ? c.body(null, 304, headers) : c.body(text, 200, headers);
}

function toFile(text: string, extension: string, headers: Readonly<Record<string, string>> = {}): File {
  const etag = `"${createHash("sha256").update(text).digest("base64url")}"`;
  return { text, headers: { "content-type": TYPES[extension]!, etag, "cache-control": "no-cache", ...headers } };
}
