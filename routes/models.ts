import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { ModelInfo } from "../models/model_info.ts";
import { findScheduler, SCHEDULERS } from "../pipeline/schedulers/mod.ts";
import { problems } from "./documents.ts";
import type { Service } from "./service.ts";

const ModelSchema = z.object({
  id: z.string().meta({ example: "emoji-128" }),
  object: z.literal("model"),
  owned_by: z.literal("latentd"),
  hash: z.string().meta({ description: "Names the exact weights" }),
  tasks: z.array(z.string()).meta({ example: ["text-to-image"] }),
  schedulers: z.array(z.string()),
  size: z.object({ min: z.int(), max: z.int(), multiple: z.int() }).meta({ description: "Width and height in pixels" }),
  max_tokens: z.int().meta({ description: "Of a prompt, special tokens included" }),
  defaults: z.object({
    width: z.int(),
    height: z.int(),
    steps: z.int(),
    guidance: z.number(),
    scheduler: z.string(),
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

/** `GET /v1/models`, in the shape OpenAI's clients read, with latentd's own fields beside. */
export function modelRoutes({ models }: Service): OpenAPIHono {
  const app = new OpenAPIHono();
  app.openapi(list, (c) => c.json({ object: "list" as const, data: models.map(toJson) }, 200));
  return app;
}

function toJson({ name, hash, size, sizeMultiple, maxTokens, defaults }: ModelInfo): z.infer<typeof ModelSchema> {
  return {
    id: name,
    object: "model",
    owned_by: "latentd",
    hash,
    tasks: ["text-to-image"],
    schedulers: Object.keys(SCHEDULERS),
    size: { ...size, multiple: sizeMultiple },
    max_tokens: maxTokens,
    defaults: { ...defaults, scheduler: findScheduler(defaults.scheduler) ?? defaults.scheduler },
  };
}
