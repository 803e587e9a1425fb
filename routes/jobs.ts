/**
 * Jobs that outlive the call that began them: what clients use who cannot hold a connection, or must not lose a picture.
 *
 * @module
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { JobView } from "../pipeline/jobs/job.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { previewInterval } from "../pipeline/request/request.ts";
import { shown } from "../pipeline/request/request_error.ts";
import { DEFAULT_PREVIEWS } from "../pipeline/request/schema.ts";
import { EVENT_STREAM_HEADERS, eventStream } from "./answers/event_stream.ts";
import { admit } from "./auth/admission.ts";
import { ID, JOB_DOCUMENTS, KEY } from "./jobs/job_documents.ts";
import { fingerprintOf, JOB_FIELDS, readJobFields } from "./jobs/job_fields.ts";
import { toJson, urlOf } from "./jobs/job_json.ts";
import { jobEventTexts } from "./jobs/job_event_texts.ts";
import { jobOptions } from "./jobs/job_options.ts";
import { readRequestBody } from "./bodies/request_body.ts";
import { ProblemError } from "./answers/problem.ts";
import { checkReady, type Service } from "./service.ts";

const NO_STORE = { "cache-control": "no-store" };

/** `POST` and `GET /v1/jobs`; `PUT`, `GET` and `DELETE /v1/jobs/{id}`; `GET /v1/jobs/{id}/events` and `/image`. */
export function jobRoutes(service: Service): OpenAPIHono {
  const { jobs } = service;
  const app = new OpenAPIHono();
  for (const document of JOB_DOCUMENTS) app.openAPIRegistry.registerPath(document);
  app.post("/v1/jobs", (c) => submit(c, service, readKey(c)));
  app.put("/v1/jobs/:id", (c) => submit(c, service, { id: readId(c) }));
  app.get("/v1/jobs", (c) => {
    const owner = c.get("owner");
    const data = [...jobs.active(owner), ...jobs.ended(owner)].map(toJson);
    return c.json({ object: "list", data }, 200, NO_STORE);
  });
  app.get("/v1/jobs/:id", (c) => c.json(toJson(find(c, service)), 200, NO_STORE));
  app.get("/v1/jobs/:id/events", async (c) => {
    const { id, owner, ended } = find(c, service);
    const seen = readWhole("last-event-id", c.req.header("last-event-id") ?? "0");
    const after = readWhole("after", c.req.query("after") ?? String(seen));
    // Browsers come back whenever a stream closes; this status ends that.
    const isOver = ended !== undefined && (await jobs.events(id, owner, after).next()).done;
    if (isOver) return c.body(null, 204, NO_STORE);
    const texts = jobEventTexts(id, jobs.events(id, owner, after));
    return c.body(eventStream(texts, service.keepAlive), 200, EVENT_STREAM_HEADERS);
  });
  app.get("/v1/jobs/:id/image", async (c) => {
    const job = find(c, service);
    const index = readWhole("index", c.req.query("index") ?? "0");
    const picture = job.pictures.find((picture) => picture.index === index);
    if (!picture) throw noPicture(job, index);
    const headers = { etag: `"${picture.sha256}"`, "cache-control": "private, no-cache" };
    if (c.req.header("if-none-match") === headers.etag) return c.body(null, 304, headers);
    return c.body(await jobs.read(picture), 200, {
      ...headers,
      "content-type": "image/png",
      "content-disposition": `inline; filename="latentd-${picture.seed}.png"`,
      "x-latentd-seed": String(picture.seed),
    });
  });
  app.delete("/v1/jobs/:id", (c) => {
    const forget = c.req.query("forget") ?? "false";
    if (forget !== "true" && forget !== "false") {
      throw new ProblemError("invalid_query", `forget is ${shown(forget)}; it must be true or false`);
    }
    const { id, owner } = find(c, service);
    const job = jobs.cancel(id, owner)!;
    if (forget === "true") {
      jobs.forget(id, owner);
      return c.body(null, 204);
    }
    if (job.state === "canceled") return c.json(toJson(job), 200, NO_STORE);
    throw new ProblemError(
      "already_finished",
      `The job's state is ${job.state}; it cannot be canceled any more, but forget=true removes it`,
    );
  });
  return app;
}

async function submit(c: Context, service: Service, name: { id?: string; key?: string }): Promise<Response> {
  const { jobs, models, limits } = service;
  const body = await readRequestBody(c.req.raw, limits, JOB_FIELDS);
  const { fields, asked } = readJobFields(body, models);
  const options = { ...jobOptions(c, service, fields), ...name, fingerprint: fingerprintOf(body) };
  let job = jobs.join(options);
  if (!job) {
    const { request, delivery } = await readRequest(asked, models);
    checkReady(service);
    admit(c, request);
    const previewEvery = previewInterval(request.steps, delivery.previews ?? DEFAULT_PREVIEWS);
    job = jobs.submit(request, { ...options, delivery, ...(previewEvery !== undefined && { previewEvery }) });
  }
  c.set("job", job.id);
  return c.json(toJson(job), job.ended === undefined ? 202 : 200, { ...NO_STORE, location: urlOf(job.id) });
}

function find(c: Context, { jobs }: Service): JobView {
  const id = c.req.param("id")!;
  const job = jobs.get(id, c.get("owner"));
  if (job) {
    c.set("job", id);
    return job;
  }
  throw new ProblemError(
    "job_not_found",
    `There is no job ${shown(id)}: it never was, is not yours or is kept no longer`,
  );
}

function noPicture({ state, request }: JobView, index: number): ProblemError {
  const name = `Picture ${index} of this job`;
  const { count } = request;
  if (index >= Number(count)) {
    return new ProblemError("image_not_found", `${name} is not there; it makes ${count}, counted from 0`);
  }
  return state === "queued" || state === "running"
    ? new ProblemError("image_not_ready", `${name} is not done; the job is ${state}`)
    : new ProblemError("image_not_found", `${name} is not there; the job's state is ${state}`);
}

function readId(c: Context): string {
  const id = c.req.param("id")!;
  if (ID.test(id)) return id;
  throw new ProblemError("invalid_value", `id is ${shown(id)}; it must be 1 to 64 letters, digits, _ or -`);
}

function readKey(c: Context): { key?: string } {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return {};
  if (KEY.test(key)) return { key };
  throw new ProblemError(
    "invalid_value",
    `idempotency-key is ${shown(key)}; it must be 1 to 255 visible ASCII characters`,
  );
}

function readWhole(name: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new ProblemError("invalid_query", `${name} is ${shown(text)}; it must be a whole number`);
}
