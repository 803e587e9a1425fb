import process from "node:process";
import type { Evaluation, Timings } from "../../pipeline/generation.ts";
import type { ActiveJob } from "../../pipeline/jobs/active_job.ts";
import type { JobCounts, JobWatch } from "../../pipeline/jobs/job_watch.ts";
import type { ModelEvent } from "../../pipeline/model_pool/model_events.ts";
import type { LoadedView } from "../../pipeline/model_pool/model_pool.ts";
import { endReason } from "./end_reason.ts";
import { MetricRegistry } from "./registry.ts";
import type { RequestWatch } from "./watch_requests.ts";

/** What is looked at whenever somebody asks for the metrics. */
export interface MetricSources {
  readonly isReady: boolean;
  readonly jobs: JobCounts;
  /** What is in memory. */
  readonly models: readonly LoadedView[];
}

/** Counts what a server does. Nothing of it tells one client, prompt or picture from another. */
export class ServerMetrics {
  readonly #registry = new MetricRegistry();
  /** Of each running job, what was counted of its times. */
  readonly #counted = new WeakMap<ActiveJob, Timings>();

  /** @param version name and version of the program */
  constructor(version: string) {
    this.#registry.set("latentd_build_info", 1, { version: version.replace(/^latentd /, ""), deno: Deno.version.deno });
    this.#registry.set("process_start_time_seconds", performance.timeOrigin / 1000);
    for (const stage of ["text", "denoise", "decode", "encode"]) {
      this.#registry.add("latentd_stage_seconds_total", 0, { stage });
    }
  }

  readonly watchRequest: RequestWatch = ({ method, route = "none", status, problem, time, bytes }) => {
    const labels = { method, route };
    this.#registry.add("latentd_http_requests_total", 1, {
      ...labels,
      status: status === 499 ? "499" : `${status / 100 | 0}xx`,
    });
    this.#registry.observe("latentd_http_request_duration_seconds", time / 1000, labels);
    this.#registry.add("latentd_http_response_bytes_total", bytes);
    if (problem !== undefined) this.#registry.add("latentd_http_problems_total", 1, { code: problem });
  };

  readonly watchJob: JobWatch = (notice) => {
    if (notice.type === "refused") {
      const reason = endReason("rejected", undefined, notice.error);
      return this.#registry.add("latentd_jobs_total", 1, { model: "", outcome: "rejected", reason });
    }
    const { job } = notice;
    const { created, request: { model } } = job.accepted;
    const age = (Date.now() - created) / 1000;
    switch (notice.type) {
      case "started":
        return this.#registry.observe("latentd_job_wait_seconds", age);
      case "event": {
        const { event } = notice;
        if (event.type === "notice") return;
        if (!this.#counted.has(job)) this.#registry.observe("latentd_job_first_step_seconds", age);
        this.#addTimes(job, event.timings);
        if (event.type === "image") return this.#registry.add("latentd_pictures_total", 1, { model });
        return this.#registry.add("latentd_steps_total", event.images.length, { model });
      }
      case "ended": {
        const outcome = job.state;
        const reason = endReason(job.state, job.failure, notice.error);
        this.#registry.observe("latentd_job_duration_seconds", age, { outcome });
        return this.#registry.add("latentd_jobs_total", 1, { model, outcome, reason });
      }
    }
  };

  readonly watchEvaluation = ({ requests, rows, time }: Evaluation): void => {
    this.#registry.observe("latentd_evaluation_seconds", time / 1000);
    this.#registry.observe("latentd_evaluation_requests", requests);
    this.#registry.observe("latentd_evaluation_rows", rows);
  };

  readonly watchModel = (event: ModelEvent): void => {
    if (event.type === "loaded") this.#registry.observe("latentd_model_load_seconds", event.time / 1000);
    if (event.type === "loading") return;
    this.#registry.add("latentd_model_changes_total", 1, { model: event.model.name, change: event.type });
  };

  /** A picture's file was made. @param time milliseconds */
  readonly watchEncoding = (time: number): void => {
    this.#registry.add("latentd_stage_seconds_total", time / 1000, { stage: "encode" });
  };

  /** The answer to `GET /metrics`. */
  async answer({ isReady, jobs, models }: MetricSources): Promise<Response> {
    const registry = this.#registry;
    registry.set("latentd_ready", Number(isReady));
    registry.set("latentd_jobs_waiting", jobs.waiting);
    registry.set("latentd_jobs_running", jobs.running);
    registry.set("latentd_job_slots", jobs.slots);
    registry.clear("latentd_model_loaded");
    registry.clear("latentd_model_bytes");
    // While a model is loaded anew it is there twice.
    for (const [model, same] of Map.groupBy(models, ({ model }) => model.name)) {
      registry.set("latentd_model_loaded", Number(same.some(({ state }) => state === "ready")), { model });
      registry.set("latentd_model_bytes", same.reduce((sum, { bytes }) => sum + bytes, 0), { model });
    }
    const { rss, heapUsed } = Deno.memoryUsage();
    const { user, system } = process.cpuUsage();
    registry.set("process_resident_memory_bytes", rss);
    registry.set("process_heap_bytes", heapUsed);
    registry.set("process_cpu_seconds_total", (user + system) / 1e6);
    return new Response(await registry.text, {
      headers: { "content-type": registry.type, "cache-control": "no-store" },
    });
  }

  /** Counts what has come to a job's times since the last look. */
  #addTimes(job: ActiveJob, timings: Timings): void {
    const before = this.#counted.get(job);
    for (const stage of ["text", "denoise", "decode"] as const) {
      const seconds = (timings[stage] - (before?.[stage] ?? 0)) / 1000;
      this.#registry.add("latentd_stage_seconds_total", Math.max(0, seconds), { stage });
    }
    this.#counted.set(job, timings);
  }
}
