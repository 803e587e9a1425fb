/**
 * Errors as clients see them: the only table from error to status, and the only shape of an error's body.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import { DeviceLostError } from "../runtime/device_lost_error.ts";
import { NonFiniteError } from "../pipeline/images/non_finite_error.ts";
import { DeadlineExceededError, IdempotencyConflictError, JobCanceledError } from "../pipeline/jobs/job_errors.ts";
import { QueueFullError, StorageError } from "../pipeline/jobs/job_errors.ts";
import { ModelChangedError, ModelTooLargeError, ModelUnavailableError } from "../pipeline/model_pool/pool_errors.ts";
import { InvalidRequestError, type Issue, type IssueCode } from "../pipeline/request/request_error.ts";

interface Row {
  readonly status: number;
  readonly title: string;
  /** OpenAI's `error.type`. */
  readonly type: string;
  /** Seconds after which the same request may well succeed; absent if it would fail again. */
  readonly retryAfter?: number;
}

const wrong = (title: string, status = 400): Row => ({ status, title, type: "invalid_request_error" });

const PROBLEMS = {
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

/** A request that is refused by the server itself, not for what it asks of the pipeline. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param message what came and what would be right
   * @param headers further headers of the answer, such as `allow`
   */
  constructor(code: ProblemCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }
}

/** A problem document. */
export type Problem = z.infer<typeof ProblemSchema>;

/** RFC 9457's problem document, with the `error` object that OpenAI's clients read and one entry for each wrong field. */
export const ProblemSchema = z.object({
  type: z.string().meta({ example: "urn:latentd:error:out_of_range" }),
  title: z.string().meta({ example: "Value is out of range" }),
  status: z.int().meta({ example: 400 }),
  detail: z.string().meta({ example: "steps is 0; it must be a whole number from 1 to 1000" }),
  instance: z.string().meta({ description: "The request's id, as in `x-request-id`" }),
  error: z.object({
    message: z.string(),
    type: z.string().meta({ example: "invalid_request_error" }),
    param: z.string().nullable().meta({ example: "steps" }),
    code: z.string().meta({ example: "out_of_range" }),
  }),
  errors: z.array(z.object({ pointer: z.string().meta({ example: "/steps" }), code: z.string(), detail: z.string() }))
    .optional(),
  queue_depth: z.int().optional().meta({ description: "How many jobs wait, if the queue is full" }),
}).meta({ id: "Problem", description: "What is wrong, and what would be right" });

/** The code of this name; `internal_error` if there is none any more. */
export function toCode(name: string): ProblemCode {
  return Object.hasOwn(PROBLEMS, name) ? name as ProblemCode : "internal_error";
}

/** What clients are told of an error. */
export interface Told {
  readonly code: ProblemCode;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly issues?: readonly Issue[];
  readonly queueDepth?: number;
}

const DEVICE_LOST = "The device was lost while this ran; it is being opened again, so ask again in a moment";
const MODEL_UNAVAILABLE = "The model cannot be loaded; the server's log tells why";

/** What clients are told of an error; `internal_error` without any detail if it is not meant for them. */
export function tell(error: unknown): Told {
  if (error instanceof ProblemError) return error;
  if (error instanceof InvalidRequestError) {
    return { code: error.issues[0]!.code, message: error.message, issues: error.issues };
  }
  if (error instanceof QueueFullError) return { code: "queue_full", message: error.message, queueDepth: error.depth };
  if (error instanceof IdempotencyConflictError) return { code: "idempotency_conflict", message: error.message };
  if (error instanceof DeadlineExceededError) return { code: "deadline_exceeded", message: error.message };
  if (error instanceof JobCanceledError) return { code: "job_canceled", message: error.message };
  if (error instanceof NonFiniteError) return { code: "non_finite_output", message: error.message };
  if (error instanceof DeviceLostError) return { code: "device_lost", message: DEVICE_LOST };
  if (error instanceof ModelChangedError) return { code: "model_changed", message: error.message };
  if (error instanceof ModelTooLargeError) return { code: "model_too_large", message: error.message };
  if (error instanceof ModelUnavailableError) return { code: "model_unavailable", message: MODEL_UNAVAILABLE };
  if (error instanceof StorageError) return { code: "storage_error", message: error.message };
  return { code: "internal_error", message: "The server could not do this; its log tells more under the request's id" };
}

/**
 * The document that tells an error.
 *
 * @param instance the request's or job's id
 */
export function problemOf({ code, message, issues, queueDepth }: Told, instance: string): Problem {
  const row: Row = PROBLEMS[code];
  return {
    type: `urn:latentd:error:${code}`,
    title: row.title,
    status: row.status,
    detail: message,
    instance,
    error: { message, type: row.type, param: issues?.[0]?.param ?? null, code },
    ...(issues && {
      errors: issues.map(({ param, code, message }) => ({ pointer: pointerTo(param), code, detail: message })),
    }),
    ...(queueDepth !== undefined && { queue_depth: queueDepth }),
  };
}

/**
 * The answer to a request that failed.
 *
 * @param instance the request's id
 */
export function toProblem(error: unknown, instance: string): Response {
  const told = tell(error);
  const { status, retryAfter }: Row = PROBLEMS[told.code];
  return new Response(JSON.stringify(problemOf(told, instance)), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      // OpenAI's clients repeat a failed request by themselves unless they are told.
      "x-should-retry": String(retryAfter !== undefined),
      ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
      ...told.headers,
    },
  });
}

/** RFC 6901. */
function pointerTo(param: string | null): string {
  return param === null ? "" : `/${param.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
