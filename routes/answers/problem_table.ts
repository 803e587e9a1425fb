/**
 * The one table from kinds of errors to statuses and titles.
 *
 * @module
 */
import type { IssueCode } from "../../pipeline/request/request_error.ts";

/** What an error of a kind is to clients. */
export interface Row {
  readonly status: number;
  readonly title: string;
  /** OpenAI's `error.type`. */
  readonly type: string;
  /** Seconds after which the same request may well succeed; absent if it would fail again. */
  readonly retryAfter?: number;
}

const wrong = (title: string, status = 400): Row => ({ status, title, type: "invalid_request_error" });

/** Every kind of error, by its code. */
export const PROBLEMS = {
  admin_required: { status: 403, title: "Key may not do this", type: "permission_error" },
  already_finished: wrong("Job has ended already", 409),
  budget_exceeded: wrong("Request is too much work"),
  class_not_found: wrong("Class is not there"),
  deadline_exceeded: { status: 504, title: "Job did not end in time", type: "server_error" },
  device_lost: { status: 503, title: "Device was lost", type: "unavailable_error", retryAfter: 5 },
  host_not_allowed: { status: 403, title: "Host is not allowed", type: "permission_error" },
  idempotency_conflict: wrong("Id or key was used for another request", 409),
  image_not_found: { status: 404, title: "Picture is not there", type: "not_found_error" },
  image_not_ready: { ...wrong("Picture is not done yet", 409), retryAfter: 1 },
  image_too_large: wrong("Picture is too large"),
  internal_error: { status: 500, title: "Something is wrong with the server", type: "server_error" },
  invalid_api_key: { status: 401, title: "Key is missing or wrong", type: "authentication_error" },
  invalid_form: wrong("Body is not a form"),
  invalid_host: wrong("Host is missing or wrong"),
  invalid_image: wrong("Picture cannot be read"),
  invalid_json: wrong("Body is not a JSON object"),
  invalid_model: wrong("Model's name is wrong"),
  invalid_prompt: wrong("Prompt is wrong"),
  invalid_query: wrong("Query is wrong"),
  invalid_size: wrong("Size does not fit the model"),
  invalid_task: wrong("Task cannot be done"),
  invalid_type: wrong("Value is of the wrong type"),
  invalid_value: wrong("Value is wrong"),
  job_canceled: wrong("Job was canceled", 409),
  job_crashed: { status: 500, title: "Server stopped while the job ran", type: "server_error" },
  job_not_found: { status: 404, title: "Job is not there", type: "not_found_error" },
  method_not_allowed: wrong("Method is not allowed", 405),
  missing_parameter: wrong("Parameter is missing"),
  model_changed: { ...wrong("Model is not the same any more", 409), retryAfter: 1 },
  model_loading: { status: 503, title: "Model is loading", type: "unavailable_error", retryAfter: 2 },
  model_not_found: { status: 404, title: "Model is not there", type: "not_found_error" },
  model_not_loaded: { status: 503, title: "Model is not loaded", type: "unavailable_error" },
  model_too_large: wrong("Model is too large for this server"),
  model_unavailable: { status: 503, title: "Model cannot be loaded", type: "unavailable_error" },
  non_finite_output: { status: 500, title: "Model gave no numbers of a picture", type: "server_error" },
  not_acceptable: wrong("Answer cannot be given as asked", 406),
  not_found: { status: 404, title: "There is nothing here", type: "not_found_error" },
  origin_not_allowed: { status: 403, title: "Origin is not allowed", type: "permission_error" },
  out_of_memory: { status: 503, title: "Memory does not suffice", type: "unavailable_error" },
  out_of_range: wrong("Value is out of range"),
  payload_too_large: wrong("Body is too large", 413),
  queue_full: { status: 429, title: "Queue is full", type: "rate_limit_error", retryAfter: 2 },
  rate_limited: { status: 429, title: "Key is over its limit", type: "rate_limit_error", retryAfter: 1 },
  request_timeout: wrong("Body did not arrive in time", 408),
  scheduler_not_found: wrong("Scheduler is not there"),
  server_draining: { status: 503, title: "Server is shutting down", type: "unavailable_error", retryAfter: 5 },
  storage_error: { status: 500, title: "Disk did not take or give it", type: "server_error" },
  unexpected_parameter: wrong("Parameter does not belong to the task"),
  unknown_parameter: wrong("Parameter is not known"),
  unsupported_image: wrong("Picture is of a kind that is not read"),
  unsupported_media_type: wrong("Content type is not supported", 415),
  url_not_supported: wrong("Pictures are not fetched"),
} as const satisfies Readonly<Record<string, Row>> & Readonly<Record<IssueCode, Row>>;

/** What can go wrong, for programs. */
export type ProblemCode = keyof typeof PROBLEMS;

/** What can be wrong when the answer has this status. */
export function titlesOf(status: number): readonly string[] {
  return Object.values<Row>(PROBLEMS).filter((row) => row.status === status).map(({ title }) => title);
}

/** The code of this name; `internal_error` if there is none any more. */
export function toCode(name: string): ProblemCode {
  return Object.hasOwn(PROBLEMS, name) ? name as ProblemCode : "internal_error";
}
