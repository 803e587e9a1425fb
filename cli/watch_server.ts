import type { Generate } from "../pipeline/generation.ts";
import type { ModelPoolOptions } from "../pipeline/model_pool/pool_options.ts";
import type { AppOptions } from "../routes/app.ts";
import type { CreateJobsOptions } from "../routes/jobs/create_jobs.ts";
import { ServerMetrics } from "../routes/observe/server_metrics.ts";
import type { EncodeWatch } from "../routes/observe/time_stream.ts";
import type { Settings } from "./config/settings_schema.ts";
import type { Log } from "./log/log.ts";
import { logJobs, logModels, logRequests } from "./log/server_log.ts";

/** Everyone who watches a server. */
export interface ServerWatch {
  readonly jobs: Pick<CreateJobsOptions, "watches" | "onEncode" | "onFailure">;
  readonly app: Pick<AppOptions, "watches" | "onEncode" | "onFailure" | "metrics" | "metricsPublic" | "around">;
  readonly models: Pick<ModelPoolOptions, "onEvent">;
  /** The same work, with its evaluations counted. */
  work(generate: Generate): Generate;
}

/** Where Deno puts its OpenTelemetry if `OTEL_DENO` is set, which it reads itself. */
const OPEN_TELEMETRY = Symbol.for("opentelemetry.js.api.1");

/** Log, metrics and, where OpenTelemetry is on, spans. */
export async function watchServer(
  { metricsPublic, logPrompts }: Settings,
  log: Log,
  version: string,
): Promise<ServerWatch> {
  const metrics = new ServerMetrics(version);
  const isTraced = OPEN_TELEMETRY in globalThis;
  const tracing = isTraced ? (await import("../routes/observe/tracing.ts")).createTracing() : undefined;
  const onEncode: EncodeWatch = (job) => {
    const endSpan = tracing?.watchEncoding(job);
    return (time) => {
      endSpan?.(time);
      metrics.watchEncoding(time);
    };
  };
  const logModel = logModels(log);
  const fail = (what: string, field: string) => (error: unknown, id: string) =>
    log.fail(`${what} ${id} failed`, error, {}, { [field]: id });
  return {
    jobs: {
      watches: [metrics.watchJob, logJobs(log, logPrompts), ...(tracing ? [tracing.watchJob] : [])],
      onEncode,
      onFailure: fail("job", "job"),
    },
    app: {
      watches: [logRequests(log)],
      onEncode,
      onFailure: fail("request", "request_id"),
      metrics,
      metricsPublic,
      ...(tracing && { around: tracing.around }),
    },
    models: {
      onEvent(event) {
        metrics.watchModel(event);
        logModel(event);
      },
    },
    work: (generate) => (request, options) => generate(request, { ...options, onEvaluation: metrics.watchEvaluation }),
  };
}
