import { z } from "@hono/zod-openapi";
import { createHash } from "node:crypto";
import type { ModelInfo } from "../../models/model_info.ts";
import { DEFAULT_PRIORITY } from "../../pipeline/jobs/job.ts";
import { FormSchema } from "../bodies/request_body.ts";
import { InvalidRequestError } from "../../pipeline/request/request_error.ts";
import { schemaIssues } from "../../pipeline/request/request_issues.ts";
import { FIELDS, RequestSchema } from "../../pipeline/request/schema.ts";

/** Most seconds that a job may have. */
export const MAX_TIMEOUT = 86_400;

const PRIORITY = "must be a whole number from 0 to 9";
const TIMEOUT = `must be a number of seconds from 1 to ${MAX_TIMEOUT}`;

/** How a job is to be treated; nothing here changes its pictures. */
const FieldsSchema = z.object({
  priority: z.int(PRIORITY).min(0, PRIORITY).max(9, PRIORITY).optional().meta({
    description: `Jobs with higher ones start first; ${DEFAULT_PRIORITY} if absent, and at most that of your key`,
  }),
  timeout: z.number(TIMEOUT).min(1, TIMEOUT).max(MAX_TIMEOUT, TIMEOUT).optional().meta({
    description: "Seconds until the job expires, waiting included; the server's limit if absent",
  }),
});

/** Their names. */
export const JOB_FIELDS = Object.keys(FieldsSchema.shape);

/** The body of `POST /v1/jobs`. */
export const JobRequestSchema = RequestSchema.extend(FieldsSchema.shape).meta({
  id: "JobRequest",
  description: "What pictures to make, and how the job is to be treated",
});

/** The same as a form. */
export const JobFormSchema = FormSchema.extend(FieldsSchema.shape).meta({
  id: "JobForm",
  description: "The same as fields of a form, with pictures as files",
});

/** How a job is to be treated. */
export type JobFields = z.infer<typeof FieldsSchema>;

/**
 * Parts how a job is to be treated from what it is to make.
 *
 * @param body what came in, parsed but unchecked
 * @throws {InvalidRequestError} that says what is wrong with the former
 */
export function readJobFields(
  body: unknown,
  models: readonly ModelInfo[],
): { readonly fields: JobFields; readonly asked: unknown } {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return { fields: {}, asked: body };
  const { priority, timeout, ...asked } = body as Record<string, unknown>;
  const parsed = FieldsSchema.safeParse({ priority, timeout }, { reportInput: true });
  if (!parsed.success) throw new InvalidRequestError(schemaIssues(parsed.error, FIELDS, models));
  return { fields: parsed.data, asked };
}

/** The same for bodies that say the same, in whatever order. */
export function fingerprintOf(body: unknown): string {
  const sorted = JSON.stringify(body, (_, value: unknown) => {
    if (value instanceof Uint8Array) return createHash("sha256").update(value).digest("hex");
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
  });
  return createHash("sha256").update(sorted).digest("hex");
}
