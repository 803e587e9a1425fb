import type { Context, MiddlewareHandler } from "hono";
import { isPublic } from "./authenticate.ts";
import { ProblemError } from "../answers/problem.ts";

/**
 * Refuses requests whose Host names another machine. A page of a foreign site can point its own name at 127.0.0.1 (DNS
 * rebinding) and would then be of the same origin as we are; only the name gives it away.
 *
 * @param names host names without ports, IPv6 addresses in brackets
 */
export function hostGuard(names: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header("host");
    if (host === undefined) {
      throw new ProblemError("invalid_host", "The header host is missing; it must name this server, over HTTP/1.1");
    }
    const name = host.toLowerCase().replace(/:\d*$/, "");
    if (!names.includes(name)) {
      throw new ProblemError(
        "host_not_allowed",
        `host is ${JSON.stringify(name)}; it must be one of ${names.join(", ")}`,
      );
    }
    await next();
  };
}

/** Whether pages of other sites may link to a path: it starts no work. */
const isOpenToLinks = (path: string) => path === "/" || path === "/docs" || isPublic(path);
const READABLE = "content-disposition, location, ratelimit, ratelimit-policy, retry-after, server-timing, " +
  "x-latentd-index, x-latentd-model, x-latentd-model-hash, x-latentd-notice, x-latentd-seed, x-request-id, x-should-retry";

/**
 * Refuses requests that a page of another origin makes: they could start work, even where they cannot read the answer.
 * Programs that are no browsers send no such header.
 *
 * @param allowed origins whose pages may ask and read (CORS); they send a key by themselves, for passwords that the browser
 * remembers are never taken from them
 */
export function originGuard(allowed: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const origin = c.req.header("origin");
    const isAllowed = origin !== undefined && allowed.includes(origin);
    if (c.req.method === "OPTIONS" && c.req.header("access-control-request-method") !== undefined) {
      return new Response(null, { status: 204, headers: isAllowed ? permissionFor(origin) : {} });
    }
    if (!isAllowed && !isOpenToLinks(c.req.path)) checkOrigin(c, origin);
    await next();
    if (allowed.length > 0) c.res.headers.append("vary", "origin");
    if (isAllowed) {
      c.res.headers.set("access-control-allow-origin", origin);
      c.res.headers.set("access-control-expose-headers", READABLE);
    }
  };
}

function permissionFor(origin: string): Record<string, string> {
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "GET, POST, PUT, DELETE",
    "access-control-allow-headers": "authorization, content-type, idempotency-key, last-event-id, x-request-id",
    "access-control-max-age": "600",
    vary: "origin",
  };
}

function checkOrigin(c: Context, origin: string | undefined): void {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    throw new ProblemError("origin_not_allowed", `sec-fetch-site is ${JSON.stringify(site)}; it must be same-origin`);
  }
  const host = c.req.header("host");
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host?.toLowerCase())) {
    throw new ProblemError(
      "origin_not_allowed",
      `origin is ${JSON.stringify(origin)}; only ${host}'s own pages may ask`,
    );
  }
}
