import type { ActiveJob } from "../../pipeline/jobs/active_job.ts";
import type { JobWatch } from "../../pipeline/jobs/job_watch.ts";
import type { ModelEvent } from "../../pipeline/model_pool/model_events.ts";
import { isPublic, RESULTS_PATH } from "../../routes/auth/authenticate.ts";
import { METRICS_PATH } from "../../routes/metrics.ts";
import { endReason } from "../../routes/observe/end_reason.ts";
import type { RequestWatch } from "../../routes/observe/watch_requests.ts";
import type { Log } from "./log.ts";
import type { Fields } from "./log_line.ts";

/** What probes are answered while a server begins and ends. */
const NOT_READY = 503;
/** Longest path that is told of a request that nothing answers to. */
const LONGEST_PATH = 200;

/** Tells of every request; those of probes and of who reads metrics matter only to who looks for mistakes. */
export function logRequests(log: Log): RequestWatch {
  return ({ id, traceId, method, route, path, status, problem, time, bytes, isWhole, owner, job }) => {
    const isProbe = (isPublic(path) && !path.startsWith(RESULTS_PATH)) || path === METRICS_PATH;
    const isQuiet = isProbe && (status < 400 || status === NOT_READY);
    const level = isQuiet ? "debug" : status >= 500 ? "warn" : "info";
    const where = route ?? path.slice(0, LONGEST_PATH);
    log.tell(level, `${method} ${where} ${status}`, {
      ms: Math.round(time),
      bytes,
      problem,
      left: isWhole && status !== 499 ? undefined : true,
      key: owner === "" ? undefined : owner,
      job,
      request_id: id,
      trace_id: traceId,
    }, { method, ...(route === undefined ? { path: where } : { route }), status });
  };
}

/** Tells of the end of every job, and of jobs that were not taken. @param prompts whether prompts are told, too */
export function logJobs(log: Log, prompts: boolean): JobWatch {
  return (notice) => {
    switch (notice.type) {
      case "suspended":
        return log.tell("info", "job goes on at the next start", about(notice.job, prompts));
      case "ended": {
        const { job, error } = notice;
        const level = job.state === "failed" ? "warn" : "info";
        const reason = endReason(job.state, job.failure, error) || undefined;
        return log.tell(level, `job ${job.state}`, { ...about(job, prompts), reason }, { outcome: job.state });
      }
    }
  };
}

/** Tells of models that come and go. */
export function logModels(log: Log): (event: ModelEvent) => void {
  return (event) => {
    const { name: model } = event.model;
    switch (event.type) {
      case "loaded": {
        const { device: { name: device, description }, time } = event;
        return log.tell("info", `model ${model} is loaded`, { device, description, ms: Math.round(time) }, { model });
      }
      case "failed":
        return log.fail(`model ${model} failed`, event.error, {}, { model });
      case "lost":
        return log.fail(`model ${model} lost its device`, event.error, {}, { model });
      default:
        return log.tell(event.type === "loading" ? "debug" : "info", `model ${model} is ${event.type}`, {}, { model });
    }
  };
}

function about({ accepted, started, ended, timings }: ActiveJob, prompts: boolean): Fields {
  const { id, owner, dialect, request, created, origin } = accepted;
  const { model, task, width, height, steps, count } = request;
  const end = ended ?? Date.now();
  return {
    job: id,
    dialect,
    model,
    task,
    size: `${width}x${height}`,
    steps,
    count,
    waited_ms: (started ?? end) - created,
    ran_ms: started === undefined ? undefined : end - started,
    ...timings && {
      text_ms: Math.round(timings.text),
      denoise_ms: Math.round(timings.denoise),
      decode_ms: Math.round(timings.decode),
    },
    key: owner === "" ? undefined : owner,
    request_id: origin?.requestId,
    trace_id: origin?.traceId,
    prompt: prompts && "prompt" in request ? JSON.stringify(request.prompt) : undefined,
  };
}
