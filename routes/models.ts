import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { ModelInfo } from "../models/model_info.ts";
import { InvalidRequestError } from "../pipeline/request/request_error.ts";
import { modelIssue } from "../pipeline/request/request_issues.ts";
import { findScheduler, SCHEDULERS } from "../pipeline/schedulers/mod.ts";
import { problems } from "./openapi/documents.ts";
import type { Service } from "./service.ts";

const ModelSchema = z.object({
  id: z.string().meta({ example: "emoji-128" }),
  object: z.literal("model"),
  created: z.int().meta({ description: "When its files were written, in seconds since 1970" }),
  owned_by: z.literal("latentd"),
  hash: z.string().meta({ description: "Names the exact weights" }),
  tasks: z.array(z.string()).meta({ example: ["text-to-image"] }),
  schedulers: z.array(z.string()),
  size: z.object({ min: z.int(), max: z.int(), multiple: z.int() }).meta({ description: "Width and height in pixels" }),
  max_tokens: z.int().meta({ description: "Of a prompt, special tokens included; 0 for models without text" }),
  classes: z.array(z.string()).optional().meta({
    description: "Of class-conditional pictures; the index is the number",
  }),
  max_objects: z.int().optional().meta({ description: "Of a layout" }),
  max_clip_skip: z.int().optional().meta({ description: "Largest clip_skip, of models with a CLIP text encoder" }),
  fixed_size: z.object({ width: z.int(), height: z.int() }).optional().meta({
    description: "The only size, of models whose graphs were exported for one",
  }),
  loaded: z.boolean().meta({ description: "Whether it is in memory; if not, the next request for it loads it" }),
  upscaling: z.int().optional().meta({ description: "How many times larger super-resolution makes a picture" }),
  defaults: z.object({
    width: z.int(),
    height: z.int(),
    steps: z.int(),
    guidance: z.number(),
    scheduler: z.string(),
    back_projection: z.int().optional().meta({ description: "Of super-resolution; 0 if absent" }),
  }),
}).meta({ id: "Model" });
const ModelsSchema = z.object({ object: z.literal("list"), data: z.array(ModelSchema) }).meta({ id: "Models" });

const list = createRoute({
  method: "get",
  path: "/v1/models",
  summary: "Models, with the sizes they make and what a request gets that does not say otherwise",
  responses: {
    200: { description: "All models, the default first", content: { "application/json": { schema: ModelsSchema } } },
    ...problems(401, 403),
  },
});

const one = createRoute({
  method: "get",
  path: "/v1/models/{id}",
  summary: "One model",
  request: { params: z.object({ id: z.string().meta({ example: "emoji-128" }) }) },
  responses: {
    200: { description: "The model", content: { "application/json": { schema: ModelSchema } } },
    ...problems(401, 403, 404),
  },
});

/** `GET /v1/models` and `/v1/models/{id}`, in the shape OpenAI's clients read, with latentd's own fields beside. */
export function modelRoutes({ models, pool }: Service): OpenAPIHono {
  const app = new OpenAPIHono();
  const toJson = (model: ModelInfo) => ({ ...jsonOf(model), loaded: pool.isReady(model.name) });
  app.openapi(list, (c) => c.json({ object: "list" as const, data: models.map(toJson) }, 200));
  app.openapi(one, (c) => {
    const { id } = c.req.valid("param");
    const model = models.find(({ name }) => name === id);
    if (model === undefined) throw new InvalidRequestError([modelIssue(id, models)]);
    return c.json(toJson(model), 200);
  });
  return app;
}

function jsonOf(model: ModelInfo): Omit<z.infer<typeof ModelSchema>, "loaded"> {
  const { name, hash, created, tasks, size, sizeMultiple, maxTokens, maxClipSkip, fixedSize, defaults } = model;
  const { classes, maxObjects, upscaling } = model;
  return {
    id: name,
    object: "model",
    created,
    owned_by: "latentd",
    hash,
    tasks: [...tasks],
    schedulers: Object.keys(SCHEDULERS),
    size: { ...size, multiple: sizeMultiple },
    max_tokens: maxTokens,
    ...(maxClipSkip && { max_clip_skip: maxClipSkip }),
    ...(fixedSize && { fixed_size: fixedSize }),
    ...(classes && { classes: [...classes] }),
    ...(maxObjects && { max_objects: maxObjects }),
    ...(upscaling && { upscaling }),
    defaults: { ...defaults, scheduler: findScheduler(defaults.scheduler) ?? defaults.scheduler },
  };
}
