/**
 * The part of KServe's protocol v2 that supervisors and deployment tools speak: what the server is, whether a model is
 * ready, and Triton's model repository extension, by which models are loaded and unloaded.
 *
 * @module
 */
import { OpenAPIHono, type z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ModelInfo } from "../models/model_info.ts";
import { ModelUnavailableError } from "../pipeline/model_pool/pool_errors.ts";
import { InvalidRequestError } from "../pipeline/request/request_error.ts";
import { modelIssue } from "../pipeline/request/request_issues.ts";
import { checkAdmin } from "./auth/admin.ts";
import { readOptionalJson } from "./bodies/json_body.ts";
import { readFields } from "./openai/request/read_body.ts";
import { ProblemError } from "./answers/problem.ts";
import { IndexSchema, LoadSchema, REPOSITORY_DOCUMENTS, UnloadSchema } from "./repository/documents.ts";
import { checkReady, type Service } from "./service.ts";

const NO_STORE = { "cache-control": "no-store" };

/** `GET /v2`, `/v2/models/{name}` and `/ready` below it; `POST /v2/repository/index` and `/models/{name}/load`, `/unload`. */
export function repositoryRoutes(service: Service): OpenAPIHono {
  const { models, pool, version } = service;
  const app = new OpenAPIHono();
  for (const document of REPOSITORY_DOCUMENTS) app.openAPIRegistry.registerPath(document);
  app.get("/v2", (c) => {
    const [name, number] = version.split(" ");
    return c.json({ name, version: number ?? "", extensions: ["model_repository"] }, 200);
  });
  app.get("/v2/models/:name", (c) => {
    const { name, hash } = find(c, models);
    // Pictures are asked for by /v1/generate; there is no tensor to send or to get.
    return c.json({ name, versions: [hash], platform: "latentd_onnx", inputs: [], outputs: [] }, 200);
  });
  app.get("/v2/models/:name/ready", (c) => {
    const { name } = find(c, models);
    checkReady(service);
    if (!pool.isReady(name)) throw new ProblemError("model_not_loaded", `model ${name} is not loaded`);
    return c.json({ name, ready: true }, 200, NO_STORE);
  });
  app.post("/v2/repository/index", async (c) => {
    const { ready } = await read(c, service, IndexSchema);
    const entries = models.map((model) => entryOf(model, pool.isReady(model.name)));
    return c.json(ready ? entries.filter(({ state }) => state === "READY") : entries, 200, NO_STORE);
  });
  app.post("/v2/repository/models/:name/load", async (c) => {
    checkAdmin(c, service);
    await read(c, service, LoadSchema);
    return await load(c, service, c.req.param("name"));
  });
  app.post("/v2/repository/models/:name/unload", async (c) => {
    checkAdmin(c, service);
    await read(c, service, UnloadSchema);
    await pool.unload(find(c, models).name);
    return c.json({}, 200, NO_STORE);
  });
  return app;
}

async function load(c: Context, service: Service, name: string): Promise<Response> {
  checkReady(service);
  try {
    if (await service.pool.load(name)) return c.json({}, 200, NO_STORE);
  } catch (error) {
    // Who may load models may know what is wrong with them; others are only told that something is.
    if (error instanceof ModelUnavailableError) throw new ProblemError("model_unavailable", error.message);
    throw error;
  }
  throw new InvalidRequestError([modelIssue(name, service.models)]);
}

function entryOf({ name, hash }: ModelInfo, isReady: boolean) {
  return isReady
    ? { name, version: hash, state: "READY", reason: "" }
    : { name, version: hash, state: "UNAVAILABLE", reason: "unloaded" };
}

function find(c: Context, models: readonly ModelInfo[]): ModelInfo {
  const name = c.req.param("name")!;
  const model = models.find((model) => model.name === name);
  if (model) return model;
  throw new InvalidRequestError([modelIssue(name, models)]);
}

/** A body that may be missing; Triton's clients send no content type. */
async function read<Schema extends z.ZodObject>(c: Context, { limits, models }: Service, schema: Schema) {
  return readFields(schema, await readOptionalJson(c.req.raw, limits), models);
}
