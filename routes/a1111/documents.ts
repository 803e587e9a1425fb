/**
 * What `/openapi.json` tells of AUTOMATIC1111's API.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { ExtraSchema } from "./request/extra_fields.ts";
import { Img2ImgSchema, SettingsSchema, Txt2ImgSchema } from "./request/fields.ts";
import { LISTS } from "./lists.ts";
import { PngInfoSchema } from "./png_info.ts";
import { TaskSchema } from "./tasks.ts";

const ErrorSchema = z.object({ detail: z.unknown() }).meta({
  id: "A1111Error",
  description: "FastAPI's list of what is wrong with the fields, or an HTTPException with a sentence",
});
const json = <T extends z.ZodType>(schema: T) => ({ "application/json": { schema } });
const FAILURES = Object.fromEntries(
  [400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 500, 503, 504].map((status) => [
    status,
    { description: "Refused or failed, as AUTOMATIC1111 tells it", content: json(ErrorSchema) },
  ]),
);

function route(method: "get" | "post", path: string, summary: string, schema?: z.ZodType, query?: z.ZodObject) {
  return createRoute({
    method,
    path,
    summary: `AUTOMATIC1111's: ${summary}`,
    request: { ...(schema && { body: { required: true, content: json(schema) } }), ...(query && { query }) },
    responses: { 200: { description: "As AUTOMATIC1111 answers", content: json(z.unknown()) }, ...FAILURES },
  });
}

const skip = z.object({ skip_current_image: z.string().optional() });

/** Every route of AUTOMATIC1111's. */
export const A1111_DOCUMENTS = [
  route("post", "/sdapi/v1/txt2img", "pictures from a prompt", Txt2ImgSchema),
  route("post", "/sdapi/v1/img2img", "pictures from a picture, in part where there is a mask", Img2ImgSchema),
  route("post", "/sdapi/v1/extra-single-image", "a larger picture", ExtraSchema),
  route("post", "/sdapi/v1/png-info", "the texts in a picture", PngInfoSchema),
  route("get", "/sdapi/v1/progress", "how far the work under way is", undefined, skip),
  route("post", "/internal/progress", "how far a task is", TaskSchema),
  route("post", "/sdapi/v1/interrupt", "end the work under way"),
  route("post", "/sdapi/v1/skip", "the same"),
  route("get", "/sdapi/v1/options", "settings"),
  route("post", "/sdapi/v1/options", "change settings", SettingsSchema),
  route("post", "/sdapi/v1/refresh-checkpoints", "look for models again"),
  route("post", "/sdapi/v1/unload-checkpoint", "give the chosen model up once its jobs have ended"),
  route("post", "/sdapi/v1/reload-checkpoint", "load the chosen model"),
  ...Object.keys(LISTS).map((name) => route("get", `/sdapi/v1/${name}`, `list of ${name}`)),
];
