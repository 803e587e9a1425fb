/**
 * AUTOMATIC1111's API, for the clients that speak it.
 *
 * @module
 */
import { OpenAPIHono, type z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Pixels } from "../pipeline/images/pixels.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { previewInterval } from "../pipeline/request/request.ts";
import { DEFAULT_PREVIEWS } from "../pipeline/request/schema.ts";
import { toA1111Error } from "./a1111/answers/a1111_error.ts";
import { answerWork } from "./a1111/answers/answer.ts";
import { isOwnFailure } from "./answers/problem.ts";
import { A1111_DOCUMENTS } from "./a1111/documents.ts";
import { ExtraSchema } from "./a1111/request/extra_fields.ts";
import { upscaled } from "./a1111/extras.ts";
import {
  type Img2ImgFields,
  Img2ImgSchema,
  SettingsSchema,
  type Txt2ImgFields,
  Txt2ImgSchema,
} from "./a1111/request/fields.ts";
import { LISTS } from "./a1111/lists.ts";
import { pngInfo, PngInfoSchema } from "./a1111/png_info.ts";
import { activeJobs, currentJob, DIALECT, progressJson } from "./a1111/answers/progress.ts";
import { OwnersSettings } from "./a1111/settings.ts";
import { Tasks, TaskSchema } from "./a1111/tasks.ts";
import { type Body, fromImg2Img, fromTxt2Img } from "./a1111/request/to_request.ts";
import { checkAdmin } from "./auth/admin.ts";
import { admit } from "./auth/admission.ts";
import { readJson } from "./bodies/json_body.ts";
import { jobOptions } from "./jobs/job_options.ts";
import { readFields } from "./openai/request/read_body.ts";
import { checkReady, type Service } from "./service.ts";

const NO_STORE = { "cache-control": "no-store" };

/** Everything below `/sdapi/v1/`, and `POST /internal/progress`. */
export function a1111Routes(service: Service): OpenAPIHono {
  const { jobs, models, pool, version, onEncode } = service;
  const settings = new OwnersSettings(models);
  const tasks = new Tasks();
  const app = new OpenAPIHono();
  app.onError((error, c) => {
    if (c.req.raw.signal.aborted) return new Response(null, { status: 499 }); // nobody reads it
    const response = toA1111Error(error, c.get("requestId"));
    if (response.status >= 500 && isOwnFailure(error)) service.onFailure?.(error, c.get("requestId"));
    return response;
  });
  for (const document of A1111_DOCUMENTS) app.openAPIRegistry.registerPath(document);

  const make = async (c: Context, fields: Txt2ImgFields | Img2ImgFields, body: Body) => {
    const owner = c.get("owner");
    const { format } = settings.of(owner, fields.override_settings ?? {});
    const id = fields.force_task_id ?? undefined;
    const work = { ...await begin(c, service, body, id), version, format, onEncode };
    const hidden = "init_images" in fields && !fields.include_init_images ? { init_images: null, mask: null } : {};
    try {
      return await answerWork(work, { ...fields, ...hidden }, fields.send_images ?? true);
    } finally {
      if (id !== undefined) tasks.end(owner, id);
    }
  };
  app.post("/sdapi/v1/txt2img", async (c) => {
    const fields = await read(c, service, Txt2ImgSchema);
    return await make(c, fields, fromTxt2Img(fields, settings.of(c.get("owner"), fields.override_settings ?? {})));
  });
  app.post("/sdapi/v1/img2img", async (c) => {
    const fields = await read(c, service, Img2ImgSchema);
    return await make(
      c,
      fields,
      await fromImg2Img(fields, settings.of(c.get("owner"), fields.override_settings ?? {})),
    );
  });
  app.post("/sdapi/v1/extra-single-image", async (c) => {
    const generate = async (body: Body): Promise<Pixels> => {
      const { events } = await begin(c, service, body);
      const pictures = (await Array.fromAsync(events)).flatMap((event) => event.type === "image" ? [event.image] : []);
      return pictures[0]!;
    };
    return c.json(await upscaled(await read(c, service, ExtraSchema), models, generate), 200, NO_STORE);
  });
  app.post("/sdapi/v1/png-info", async (c) => c.json(pngInfo(await read(c, service, PngInfoSchema)), 200, NO_STORE));
  app.get("/sdapi/v1/progress", async (c) => {
    const skipImage = /^(true|1|yes|on)$/i.test(c.req.query("skip_current_image") ?? "");
    return c.json(await progressJson(currentJob(jobs, c.get("owner")), skipImage), 200, NO_STORE);
  });
  app.post("/internal/progress", async (c) => {
    return c.json(await tasks.toJson(jobs, c.get("owner"), await read(c, service, TaskSchema)), 200, NO_STORE);
  });
  const interrupt = (owner: string) => {
    for (const job of activeJobs(jobs, owner)) if (job.state === "running") jobs.cancel(job.id, owner);
  };
  app.post("/sdapi/v1/interrupt", (c) => {
    interrupt(c.get("owner"));
    return c.json({}, 200, NO_STORE);
  });
  app.post("/sdapi/v1/skip", (c) => {
    interrupt(c.get("owner"));
    return c.json(null, 200, NO_STORE);
  });
  app.get("/sdapi/v1/options", (c) => c.json(settings.toJson(c.get("owner")), 200, NO_STORE));
  app.post("/sdapi/v1/options", async (c) => {
    settings.set(c.get("owner"), await read(c, service, SettingsSchema));
    return c.json(null, 200, NO_STORE);
  });
  app.post("/sdapi/v1/refresh-checkpoints", async (c) => {
    await pool.refresh();
    return c.json(null, 200, NO_STORE);
  });
  app.post("/sdapi/v1/unload-checkpoint", async (c) => {
    checkAdmin(c, service);
    await pool.unload(settings.of(c.get("owner")).model.name);
    return c.json({}, 200, NO_STORE);
  });
  app.post("/sdapi/v1/reload-checkpoint", async (c) => {
    checkAdmin(c, service);
    checkReady(service);
    await pool.load(settings.of(c.get("owner")).model.name);
    return c.json({}, 200, NO_STORE);
  });
  for (const [name, list] of Object.entries(LISTS)) {
    app.get(`/sdapi/v1/${name}`, (c) => c.json(list(models) as object, 200, NO_STORE));
  }
  return app;
}

/** Enters a request as a job that ends when its client goes. */
async function begin(c: Context, service: Service, body: Body, id?: string) {
  const { request, model } = await readRequest(body, service.models);
  checkReady(service);
  admit(c, request);
  const previewEvery = previewInterval(request.steps, DEFAULT_PREVIEWS);
  const events = service.jobs.generate(request, {
    ...jobOptions(c, service),
    ...(id !== undefined && { id }),
    dialect: DIALECT,
    signal: c.req.raw.signal,
    ...(previewEvery !== undefined && { previewEvery }),
  });
  return { request, model, events };
}

/** A body's fields; it is JSON whatever its content type says, as there. @throws {InvalidRequestError | ProblemError} */
async function read<Schema extends z.ZodObject>(c: Context, { limits, models }: Service, schema: Schema) {
  const headers = new Headers(c.req.raw.headers);
  headers.set("content-type", "application/json");
  return readFields(schema, await readJson(new Request(c.req.raw, { headers }), limits), models);
}
