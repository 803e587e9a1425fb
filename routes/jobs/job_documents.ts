/**
 * What `/openapi.json` tells of jobs.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { problems, ServerEventSchema } from "../openapi/documents.ts";
import { JobFormSchema, JobRequestSchema } from "./job_fields.ts";
import { JobSchema, JobsSchema } from "./job_json.ts";

/** What an id may be, if the client chooses it. */
export const ID = /^[\w-]{1,64}$/;
/** What an idempotency key may be. */
export const KEY = /^[!-~]{1,255}$/;

const json = <T extends z.ZodType>(schema: T) => ({ "application/json": { schema } });
const job = (description: string) => ({ description, content: json(JobSchema) });
const location = { location: { description: "Where the job can be asked for", schema: { type: "string" as const } } };
const body = {
  required: true,
  content: { ...json(JobRequestSchema), "multipart/form-data": { schema: JobFormSchema } },
};
const id = z.object({ id: z.string().meta({ description: "The job's id" }) });
const chosenId = z.object({ id: z.string().regex(ID).meta({ description: "Chosen by you; best a random one" }) });
const key = z.object({
  "idempotency-key": z.string().regex(KEY).optional().meta({
    description: "The same key with the same body gives the same job, however often it is sent",
  }),
});
const after = z.int().min(0);
const accepted = {
  200: job("The job of the same id or key, which has ended already"),
  202: { ...job("The job, which is kept even if the server stops"), headers: location },
  ...problems(400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503),
};

/** Every route of jobs. */
export const JOB_DOCUMENTS = [
  createRoute({
    method: "post",
    path: "/v1/jobs",
    summary: "Make pictures without waiting for them",
    request: { headers: key, body },
    responses: accepted,
  }),
  createRoute({
    method: "put",
    path: "/v1/jobs/{id}",
    summary: "The same under an id of your own; it can be repeated without making anything twice",
    request: { params: chosenId, body },
    responses: accepted,
  }),
  createRoute({
    method: "get",
    path: "/v1/jobs",
    summary: "Your jobs: those that wait or run in the order they came, then the newest 100 of those that have ended",
    responses: { 200: { description: "Your jobs", content: json(JobsSchema) }, ...problems(401, 403, 500) },
  }),
  createRoute({
    method: "get",
    path: "/v1/jobs/{id}",
    summary: "What has become of a job",
    request: { params: id },
    responses: { 200: job("The job"), ...problems(401, 403, 404, 500) },
  }),
  createRoute({
    method: "get",
    path: "/v1/jobs/{id}/events",
    summary:
      "What happens to a job: queued, started, notice, step, preview, image and at last end, as server-sent events",
    request: {
      params: id,
      query: z.object({ after: after.optional().meta({ description: "Only events with greater numbers" }) }),
      headers: z.object({ "last-event-id": after.optional().meta({ description: "The same, as browsers send it" }) }),
    },
    responses: {
      200: {
        description: "Events so far, then those to come; a comment every 15 s while nothing happens",
        content: { "text/event-stream": { schema: ServerEventSchema } },
      },
      204: { description: "You have seen the last event; do not come back" },
      ...problems(400, 401, 403, 404, 500),
    },
  }),
  createRoute({
    method: "get",
    path: "/v1/jobs/{id}/image",
    summary: "A finished picture of a job",
    request: {
      params: id,
      query: z.object({ index: z.int().min(0).optional().meta({ description: "Which picture; the first if absent" }) }),
    },
    responses: {
      200: {
        description: "The picture, always the same bytes",
        headers: { etag: { description: "Names the bytes", schema: { type: "string" } } },
        content: { "image/png": { schema: z.string().meta({ format: "binary" }) } },
      },
      304: { description: "You have these bytes already" },
      ...problems(400, 401, 403, 404, 409, 500),
    },
  }),
  createRoute({
    method: "delete",
    path: "/v1/jobs/{id}",
    summary: "Cancel a job that waits or runs, which it stops within one step; or forget one altogether",
    request: {
      params: id,
      query: z.object({
        forget: z.enum(["true", "false"]).optional().meta({
          description: "Whether the job and its pictures are removed, ended or not",
        }),
      }),
    },
    responses: {
      200: job("The canceled job"),
      204: { description: "It is forgotten" },
      ...problems(400, 401, 403, 404, 409, 500),
    },
  }),
];
