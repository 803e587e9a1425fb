import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { ProblemCode } from "../answers/problem_table.ts";
import { tell } from "../answers/problem.ts";
import { countBody } from "./count_body.ts";
import { traceIdOf } from "./trace_parent.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** Id of the job that a request brought or asked for, once it is known. */
    job: string | undefined;
    /** Of the W3C trace that a request belongs to. */
    traceId: string | undefined;
  }
}

/** What is kept of a request, told when the last byte of its answer was taken or its client left. */
export interface RequestRecord {
  readonly id: string;
  readonly traceId: string | undefined;
  readonly method: string;
  /** Template of the path, such as `/v1/jobs/:id`; undefined where nothing answers. */
  readonly route: string | undefined;
  /** Without the query, which may hold a prompt. */
  readonly path: string;
  readonly status: number;
  /** Why it was refused or failed. */
  readonly problem: ProblemCode | undefined;
  /** Milliseconds until the headers of the answer were ready. */
  readonly headersTime: number;
  /** Milliseconds until its end. */
  readonly time: number;
  /** Bytes of its body that were taken. */
  readonly bytes: number;
  /** Whether those were all. */
  readonly isWhole: boolean;
  /** Name of the key it came with; empty if there was none. */
  readonly owner: string;
  readonly job: string | undefined;
}

/** Who is told of requests; it must be quick and not throw. */
export type RequestWatch = (record: RequestRecord) => void;

/** Status of answers to clients who left, as nginx has it. */
const GONE = 499;
/** Methods that something answers to, or might. */
const METHODS: readonly string[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Tells of every request once it is over. */
export function watchRequests(watches: readonly RequestWatch[]): MiddlewareHandler {
  return async (c, next) => {
    const start = performance.now();
    c.set("traceId", c.get("traceId") ?? traceIdOf(c.req.header("traceparent")));
    await next();
    const headersTime = performance.now() - start;
    const { method } = c.req;
    const about = {
      id: c.get("requestId"),
      traceId: c.get("traceId"),
      method: METHODS.includes(method) ? method : "other",
      route: routeOf(c),
      path: c.req.path,
      status: c.res.status,
      problem: c.error && c.res.status !== GONE ? tell(c.error).code : undefined,
      headersTime,
      owner: c.get("owner") ?? "",
    };
    c.res = countBody(c.res, (bytes, isWhole) => {
      const time = performance.now() - start;
      // Nobody takes the body of an answer to HEAD.
      const record = { ...about, job: c.get("job"), time, bytes, isWhole: isWhole || method === "HEAD" };
      for (const watch of watches) watch(record);
    });
  };
}

/** Template of the route that answers a request. */
export function routeOf(c: Context): string | undefined {
  return matchedRoutes(c).findLast(({ method }) => method !== "ALL")?.path;
}
