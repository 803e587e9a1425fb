/** What is known of a metric; its name has the prefix `latentd_` unless it is one that Prometheus names for all. */
export interface MetricInfo {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels?: readonly string[];
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

const ANSWERS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const JOBS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

/** Every metric of a server; `docs/operate.md` has the same table. */
export const METRICS = {
  latentd_build_info: { type: "gauge", help: "1; the labels tell the version", labels: ["version", "deno"] },
  latentd_ready: { type: "gauge", help: "Whether the server takes work, as /readyz tells" },
  latentd_http_requests_total: {
    type: "counter",
    help: "Requests, by template of the path and class of the status; 499 is a client that left",
    labels: ["method", "route", "status"],
  },
  latentd_http_request_duration_seconds: {
    type: "histogram",
    help: "Until the last byte of the answer was taken",
    labels: ["method", "route"],
    buckets: ANSWERS,
  },
  latentd_http_response_bytes_total: { type: "counter", help: "Bytes of answers' bodies that were taken" },
  latentd_http_problems_total: { type: "counter", help: "Requests refused or failed, by error code", labels: ["code"] },
  latentd_jobs_total: {
    type: "counter",
    help: "Jobs by end: succeeded, failed, canceled, expired, rejected; and why",
    labels: ["model", "outcome", "reason"],
  },
  latentd_jobs_waiting: { type: "gauge", help: "Jobs in the queue" },
  latentd_jobs_running: { type: "gauge", help: "Jobs that run" },
  latentd_job_slots: { type: "gauge", help: "How many jobs may run at once" },
  latentd_job_wait_seconds: { type: "histogram", help: "From a job's acceptance to its start", buckets: JOBS },
  latentd_job_first_step_seconds: { type: "histogram", help: "From acceptance to the end of step 1", buckets: JOBS },
  latentd_job_duration_seconds: {
    type: "histogram",
    help: "From a job's acceptance to its end",
    labels: ["outcome"],
    buckets: JOBS,
  },
  latentd_pictures_total: { type: "counter", help: "Pictures made", labels: ["model"] },
  latentd_steps_total: { type: "counter", help: "Denoising steps done, counted for each picture", labels: ["model"] },
  latentd_stage_seconds_total: {
    type: "counter",
    help:
      "Time of jobs in text, denoise and decode, waiting for others' turns included, and in encode (PNG, JPEG, WebP)",
    labels: ["stage"],
  },
  latentd_evaluation_seconds: {
    type: "histogram",
    help: "Time of one evaluation of the denoiser",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  latentd_evaluation_requests: {
    type: "histogram",
    help: "How many requests shared an evaluation of the denoiser",
    buckets: [1, 2, 3, 4, 6, 8],
  },
  latentd_evaluation_rows: {
    type: "histogram",
    help: "Batch size of an evaluation of the denoiser; with guidance a picture has two rows",
    buckets: [1, 2, 4, 6, 8, 16],
  },
  latentd_model_loaded: {
    type: "gauge",
    help: "1 for a model that is loaded, 0 while it loads or its device is lost; nothing for others",
    labels: ["model"],
  },
  latentd_model_bytes: {
    type: "gauge",
    help: "Memory that a model takes, as estimated, also while it loads or makes way",
    labels: ["model"],
  },
  latentd_model_load_seconds: {
    type: "histogram",
    help: "Time to load a model",
    buckets: [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  },
  latentd_model_changes_total: {
    type: "counter",
    help: "Models by what happened to them: loaded, unloaded, failed to load, lost with their device",
    labels: ["model", "change"],
  },
  process_resident_memory_bytes: { type: "gauge", help: "Memory of the process" },
  process_heap_bytes: { type: "gauge", help: "JavaScript heap in use, of the main thread" },
  process_cpu_seconds_total: { type: "counter", help: "CPU time of the process" },
  process_start_time_seconds: { type: "gauge", help: "When the process started, seconds since 1970" },
} as const satisfies Readonly<Record<string, MetricInfo>>;

/** Name of a metric. */
export type MetricName = keyof typeof METRICS;
