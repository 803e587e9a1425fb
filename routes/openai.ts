/**
 * OpenAI's Images API, for the clients that speak it.
 *
 * @module
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { IMAGE_FORMATS } from "../pipeline/images/encode/encode_image.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { previewInterval } from "../pipeline/request/request.ts";
import { admit } from "./auth/admission.ts";
import { RESULTS_PATH } from "./auth/authenticate.ts";
import { checkContentType, contentType } from "./bodies/content_type.ts";
import { readJson } from "./bodies/json_body.ts";
import { jobOptions } from "./jobs/job_options.ts";
import { answerImages } from "./openai/answers/answer.ts";
import { IMAGES_DOCUMENTS } from "./openai/documents.ts";
import { type EventKind, streamImages } from "./openai/answers/events.ts";
import { EditFormSchema, EditSchema, GenerationSchema, VariationSchema } from "./openai/request/fields.ts";
import type { ImagesJob } from "./openai/answers/images_job.ts";
import { inClientWords } from "./openai/request/in_client_words.ts";
import { type Output, readOutput } from "./openai/request/output.ts";
import { readFields, readFormBody } from "./openai/request/read_body.ts";
import { ResultFiles } from "./openai/answers/result_files.ts";
import { type Asked, toEdit, toGeneration, toVariation } from "./openai/request/to_request.ts";
import { isOwnFailure, ProblemError, problemOf, tell } from "./answers/problem.ts";
import { checkReady, type Service } from "./service.ts";

/** `POST /v1/images/generations`, `/edits` and `/variations`; `GET /v1/images/files/{id}`. */
export function openaiRoutes(service: Service): OpenAPIHono {
  const { models, limits } = service;
  const files = new ResultFiles();
  const app = new OpenAPIHono();
  for (const document of IMAGES_DOCUMENTS) app.openAPIRegistry.registerPath(document);
  app.post("/v1/images/generations", async (c) => {
    const fields = readFields(GenerationSchema, await readJson(c.req.raw, limits), models);
    return await answer(c, service, files, "image_generation", toGeneration(fields, models), readOutput(fields));
  });
  app.post("/v1/images/edits", async (c) => {
    checkContentType(c.req.raw.headers, "multipart/form-data", "application/json");
    const isJson = contentType(c.req.raw.headers).name === "application/json";
    const fields = isJson
      ? readFields(EditSchema, await readJson(c.req.raw, limits), models)
      : readFields(EditFormSchema, await readFormBody(EditFormSchema, c.req.raw, limits), models);
    return await answer(c, service, files, "image_edit", await toEdit(fields, models), readOutput(fields));
  });
  app.post("/v1/images/variations", async (c) => {
    const fields = readFields(VariationSchema, await readFormBody(VariationSchema, c.req.raw, limits), models);
    return await answer(c, service, files, "image_edit", toVariation(fields, models), readOutput(fields));
  });
  app.get(`${RESULTS_PATH}:id`, (c) => {
    const file = files.get(c.req.param("id")!);
    if (!file) {
      throw new ProblemError("image_not_found", "There is no picture here; addresses are good for an hour at most");
    }
    return c.body(file.bytes, 200, {
      "content-type": file.type,
      "cache-control": "private, max-age=3600, immutable",
      "cross-origin-resource-policy": "cross-origin", // who has the address may show the picture
    });
  });
  return app;
}

async function answer(
  c: Context,
  service: Service,
  files: ResultFiles,
  kind: EventKind,
  asked: Asked,
  output: Output,
): Promise<Response> {
  const { request, model } = await readRequest(asked.body, service.models).catch((error) => {
    throw inClientWords(error, asked);
  });
  checkReady(service);
  admit(c, request);
  const gone = new AbortController();
  const signal = AbortSignal.any([c.req.raw.signal, gone.signal]);
  const previewEvery = previewInterval(request.steps, output.partialImages);
  const events = service.jobs.generate(request, {
    ...jobOptions(c, service),
    dialect: "openai",
    signal,
    ...(previewEvery !== undefined && { previewEvery }),
  });
  const { version, keepAlive, onEncode } = service;
  const abort = (reason: unknown) => gone.abort(reason);
  const job: ImagesJob = { request, model, output, version, events, abort, onEncode };
  if (output.stream) {
    const id = c.get("requestId");
    return await streamImages(job, {
      kind,
      keepAlive,
      tell(error) {
        if (isOwnFailure(error) && !signal.aborted) service.onFailure?.(error, id);
        return problemOf(tell(error), id);
      },
    });
  }
  const type = IMAGE_FORMATS[output.format];
  const toUrl = (bytes: Uint8Array<ArrayBuffer>) => `${originOf(c)}${RESULTS_PATH}${files.keep({ bytes, type })}`;
  return await answerImages(job, output.asUrl ? toUrl : undefined);
}

/** Where the client found us; a proxy before us says whether that was over TLS. */
function originOf({ req }: Context): string {
  const { host, protocol } = new URL(req.url);
  return `${req.header("x-forwarded-proto") === "https" ? "https:" : protocol}//${host}`;
}
