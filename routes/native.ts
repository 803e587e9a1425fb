/**
 * latentd's own dialect: one route, in a POST form for programs and a GET form for `<img>`.
 *
 * @module
 */
import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { readRequest } from "../pipeline/request/read_request.ts";
import { previewInterval } from "../pipeline/request/request.ts";
import { fromText } from "../pipeline/request/request_text.ts";
import { DEFAULT_PREVIEWS, RequestSchema } from "../pipeline/request/schema.ts";
import { ANSWERS } from "./answers/answers.ts";
import { admit } from "./auth/admission.ts";
import { problems } from "./openapi/documents.ts";
import { jobOptions, PreferSchema } from "./jobs/job_options.ts";
import { FormSchema, readRequestBody } from "./bodies/request_body.ts";
import { chooseFormat } from "./answers/negotiation.ts";
import { ProblemError } from "./answers/problem.ts";
import { checkReady, type Service } from "./service.ts";

const png = z.string().meta({ format: "binary" });
const AnswerSchema = z.object({
  request: z.record(z.string(), z.unknown()).meta({ description: "The request with every default filled in" }),
  model_hash: z.string().meta({ description: "Names the exact weights", example: "0123456789" }),
  images: z.array(z.object({
    index: z.int(),
    seed: z.int().meta({ description: "Makes this picture alone" }),
    png: z.string().meta({ description: "Base64", format: "byte" }),
  })),
  timings: z.record(z.string(), z.number()).meta({ description: "Milliseconds of each stage" }),
  notices: z.array(z.string()).meta({ description: "What is worth knowing, such as a prompt that was cut" }),
}).meta({ id: "Generation" });

const header = (description: string) => ({ description, schema: { type: "string" as const } });
const answers = {
  200: {
    description: "The picture, streamed; or all pictures as JSON or parts; or previews, then the pictures, as parts",
    headers: {
      "x-latentd-seed": header("Seed of the first picture; picture i has this + i"),
      "x-latentd-model": header("Name of the model"),
      "x-latentd-model-hash": header("Names the exact weights"),
      "x-latentd-notice": header("What is worth knowing, such as a prompt that was cut"),
      "server-timing": header("Milliseconds of the stages text, denoise and decode"),
    },
    content: {
      "image/png": { schema: png },
      "application/json": { schema: AnswerSchema },
      "multipart/mixed": { schema: png },
      "multipart/x-mixed-replace": { schema: png },
    },
  },
  ...problems(400, 401, 403, 404, 406, 409, 429, 500, 503, 504),
};

const post = createRoute({
  method: "post",
  path: "/v1/generate",
  summary: "Make pictures from a prompt",
  request: {
    headers: PreferSchema,
    body: {
      required: true,
      content: { "application/json": { schema: RequestSchema }, "multipart/form-data": { schema: FormSchema } },
    },
  },
  responses: { ...answers, ...problems(408, 413, 415) },
});
const get = createRoute({
  method: "get",
  path: "/v1/generate",
  summary: "The same with query parameters, so that a plain <img> shows the picture being made",
  request: { query: RequestSchema, headers: PreferSchema },
  responses: answers,
});

/** `POST` and `GET /v1/generate`. */
export function nativeRoutes(service: Service): OpenAPIHono {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerPath(post);
  app.openAPIRegistry.registerPath(get);
  app.post("/v1/generate", async (c) => answer(c, service, await readRequestBody(c.req.raw, service.limits)));
  app.get("/v1/generate", (c) => {
    // Hono answers HEAD by way of GET, which would make pictures for nobody.
    if (c.req.method === "HEAD") return c.notFound();
    return answer(c, service, fromText(readQuery(new URL(c.req.url))));
  });
  return app;
}

async function answer(c: Context, service: Service, body: unknown): Promise<Response> {
  const { request, model, delivery } = await readRequest(body, service.models);
  const format = chooseFormat(c, request, delivery);
  checkReady(service);
  admit(c, request);
  const gone = new AbortController();
  const previews = format === "multipart/x-mixed-replace" ? delivery.previews ?? DEFAULT_PREVIEWS : 0;
  const previewEvery = previewInterval(request.steps, previews);
  const events = service.jobs.generate(request, {
    ...jobOptions(c, service),
    signal: AbortSignal.any([c.req.raw.signal, gone.signal]),
    ...(previewEvery !== undefined && { previewEvery }),
  });
  return ANSWERS[format]({
    request,
    model,
    delivery,
    version: service.version,
    onEncode: service.onEncode,
    events,
    abort: (reason) => gone.abort(reason),
  });
}

function readQuery({ searchParams }: URL): Record<string, string> {
  const twice = [...searchParams.keys()].find((name) => searchParams.getAll(name).length > 1);
  if (twice !== undefined) throw new ProblemError("invalid_query", `${JSON.stringify(twice)} is given twice`);
  return Object.fromEntries(searchParams);
}
