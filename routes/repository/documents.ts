/**
 * What `/openapi.json` tells of KServe's protocol.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { problems } from "../openapi/documents.ts";

const parameters = <T extends z.ZodType>(schema: T) => schema.nullish();

/** The body of `POST /v2/repository/index`. */
export const IndexSchema = z.object({
  ready: z.boolean("must be true or false").nullish().meta({ description: "Only those that are loaded" }),
}, "must be an object").meta({ id: "RepositoryIndex" });

/** The body of `POST /v2/repository/models/{name}/load`; files and configs come from the models' folders alone. */
export const LoadSchema = z.object({
  parameters: parameters(z.strictObject({}, "must be an empty object")),
}, "must be an object").meta({ id: "RepositoryLoad" });

/** The body of `POST /v2/repository/models/{name}/unload`. */
export const UnloadSchema = z.object({
  parameters: parameters(
    z.strictObject(
      { unload_dependents: z.boolean("must be true or false").nullish() },
      "must be an object that has at most unload_dependents",
    ),
  ),
}, "must be an object").meta({ id: "RepositoryUnload" });

const EntrySchema = z.object({
  name: z.string().meta({ example: "emoji-128" }),
  version: z.string().meta({ description: "Names the exact weights" }),
  state: z.enum(["READY", "UNAVAILABLE"]),
  reason: z.string(),
}).meta({ id: "RepositoryEntry" });

const params = z.object({ name: z.string().meta({ example: "emoji-128" }) });
const json = <T extends z.ZodType>(schema: T) => ({ content: { "application/json": { schema } } });
const ok = (description: string, schema: z.ZodType) => ({ 200: { description, ...json(schema) } });

function change(verb: "load" | "unload", summary: string, schema: z.ZodType) {
  return createRoute({
    method: "post",
    path: `/v2/repository/models/{name}/${verb}`,
    summary,
    request: { params, body: { required: false, ...json(schema) } },
    responses: {
      ...ok("It is done", z.object({})),
      ...problems(400, 401, 403, 404, 408, 413, 503),
    },
  });
}

/** Every route of KServe's but those of health. */
export const REPOSITORY_DOCUMENTS = [
  createRoute({
    method: "get",
    path: "/v2",
    summary: "Name and version of the server, as KServe has it",
    responses: {
      ...ok("Who answers", z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })),
      ...problems(401, 403),
    },
  }),
  createRoute({
    method: "get",
    path: "/v2/models/{name}",
    summary: "A model, as KServe has it; it takes and gives no tensors",
    request: { params },
    responses: {
      ...ok(
        "The model",
        z.object({
          name: z.string(),
          versions: z.array(z.string()),
          platform: z.string(),
          inputs: z.array(z.unknown()),
          outputs: z.array(z.unknown()),
        }),
      ),
      ...problems(401, 403, 404),
    },
  }),
  createRoute({
    method: "get",
    path: "/v2/models/{name}/ready",
    summary: "Whether a model is loaded, so that a request for it need not wait for that",
    request: { params },
    responses: {
      ...ok("It is", z.object({ name: z.string(), ready: z.literal(true) })),
      ...problems(401, 403, 404, 503),
    },
  }),
  createRoute({
    method: "post",
    path: "/v2/repository/index",
    summary: "What is loaded and what is not, as Triton has it",
    request: { body: { required: false, ...json(IndexSchema) } },
    responses: { ...ok("All models", z.array(EntrySchema)), ...problems(400, 401, 403, 408, 413) },
  }),
  change("load", "Load a model, or what its files hold now if they have changed", LoadSchema),
  change("unload", "Give a model up once its jobs have ended; the next request for it loads it again", UnloadSchema),
];
