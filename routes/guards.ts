import type { Context, MiddlewareHandler, Next } from "hono";
import { ProblemError } from "./problem.ts";

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
      throw new ProblemError("invalid_host", "The header host is missing; it must name this server");
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

/**
 * Refuses requests that a page of another origin makes: they could start work, even where they cannot read the answer.
 * Programs that are no browsers send neither header.
 */
export async function originGuard(c: Context, next: Next): Promise<void> {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    throw new ProblemError("origin_not_allowed", `sec-fetch-site is ${JSON.stringify(site)}; it must be same-origin`);
  }
  const origin = c.req.header("origin");
  const host = c.req.header("host");
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host?.toLowerCase())) {
    throw new ProblemError(
      "origin_not_allowed",
      `origin is ${JSON.stringify(origin)}; only ${host}'s own pages may ask`,
    );
  }
  await next();
}
