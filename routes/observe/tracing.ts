/**
 * Spans of requests and jobs, by way of Deno's own OpenTelemetry; imported only where that is on.
 *
 * @module
 */
import { type Context, context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { MiddlewareHandler } from "hono";
import type { ActiveJob } from "../../pipeline/jobs/active_job.ts";
import type { JobWatch } from "../../pipeline/jobs/job_watch.ts";
import { countBody } from "./count_body.ts";
import { JobSpans } from "./job_spans.ts";
import type { EncodeWatch } from "./time_stream.ts";
import { routeOf } from "./watch_requests.ts";

/** What makes the spans. */
export interface Tracing {
  /** A span around each request, until the last byte of its answer was taken. */
  readonly around: MiddlewareHandler;
  readonly watchJob: JobWatch;
  readonly watchEncoding: EncodeWatch;
}

/** Spans under the names `METHOD /route`, `job`, `wait`, `text`, `denoise`, `decode` and `encode`. */
export function createTracing(): Tracing {
  const tracer = trace.getTracer("latentd");
  const jobs = new WeakMap<ActiveJob, JobSpans>();
  /** Those that have not ended, by id. */
  const open = new Map<string, Context>();

  const around: MiddlewareHandler = async (c, next) => {
    const { method } = c.req;
    const headers = c.req.raw.headers;
    const parent = trace.getActiveSpan() ? context.active() : propagation.extract(ROOT_CONTEXT, headers, {
      get: (of, name) => of.get(name) ?? undefined,
      keys: (of) => [...of.keys()],
    });
    const span = tracer.startSpan(method, { kind: SpanKind.SERVER }, parent);
    const { traceId } = span.spanContext();
    c.set("traceId", traceId);
    await context.with(trace.setSpan(parent, span), next);
    const route = routeOf(c);
    const { status } = c.res;
    if (route !== undefined) span.updateName(`${method} ${route}`);
    span.setAttributes({
      "http.request.method": method,
      "http.response.status_code": status,
      "latentd.request.id": c.get("requestId"),
      ...(route !== undefined && { "http.route": route }),
    });
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    c.res = countBody(c.res, (bytes) => {
      span.setAttribute("http.response.body.size", bytes);
      span.end();
    });
  };

  const watchJob: JobWatch = (notice) => {
    if (notice.type === "refused") return;
    const { job } = notice;
    if (notice.type === "accepted") {
      const spans = new JobSpans(tracer, job, context.active());
      jobs.set(job, spans);
      return void open.set(job.accepted.id, spans.context);
    }
    jobs.get(job)?.take(notice);
    if (job.isOver) open.delete(job.accepted.id);
  };

  const watchEncoding: EncodeWatch = (job) => {
    const parent = job === undefined ? context.active() : open.get(job);
    const start = Date.now();
    return () => {
      if (parent && trace.getSpan(parent)) tracer.startSpan("encode", { startTime: start }, parent).end();
    };
  };
  return { around, watchJob, watchEncoding };
}
