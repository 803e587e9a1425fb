/**
 * Errors as clients see them: which of them is told how, and the only shape of an error's body.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import { FilesChangedError } from "../../models/graphs/files_changed_error.ts";
import { DeviceLostError } from "../../runtime/device_lost_error.ts";
import { isOutOfMemory } from "../../runtime/out_of_memory.ts";
import { NonFiniteError } from "../../pipeline/images/non_finite_error.ts";
import { DeadlineExceededError, IdempotencyConflictError, JobCanceledError } from "../../pipeline/jobs/job_errors.ts";
import { QueueFullError, StorageError } from "../../pipeline/jobs/job_errors.ts";
import { ModelChangedError, ModelTooLargeError, ModelUnavailableError } from "../../pipeline/model_pool/pool_errors.ts";
import { InvalidRequestError, type Issue } from "../../pipeline/request/request_error.ts";
import { type ProblemCode, PROBLEMS, type Row } from "./problem_table.ts";

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

/** What clients are told of an error. */
export interface Told {
  readonly code: ProblemCode;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly issues?: readonly Issue[];
  readonly queueDepth?: number;
}

const DEVICE_LOST = "The device was lost while this ran; it is being opened again, so ask again in a moment";
const OUT_OF_MEMORY =
  "Memory ended while this ran; ask for a smaller size or fewer pictures, or have the server started " +
  "with --memory low or --tiles always";
const MODEL_UNAVAILABLE = "The model cannot be loaded; the server's log tells why";

/** Whether an error is the server's own, so that its log must tell what clients are not told. */
export function isOwnFailure(error: unknown): boolean {
  const { code } = tell(error);
  return code === "out_of_memory" || PROBLEMS[code].status === 500;
}

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
  if (error instanceof FilesChangedError) return { code: "model_unavailable", message: error.message };
  if (error instanceof StorageError) return { code: "storage_error", message: error.message };
  if (isOutOfMemory(error)) return { code: "out_of_memory", message: OUT_OF_MEMORY };
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
