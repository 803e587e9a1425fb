/**
 * What `/openapi.json` tells of OpenAI's Images API.
 *
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { problems, ServerEventSchema } from "../openapi/documents.ts";
import { ImagesSchema } from "./answers/answer.ts";
import { EditFormSchema, EditSchema, GenerationSchema, VariationSchema } from "./request/fields.ts";

const json = <T extends z.ZodType>(schema: T) => ({ "application/json": { schema } });
const form = <T extends z.ZodType>(schema: T) => ({ "multipart/form-data": { schema } });
const picture = z.string().meta({ format: "binary" });
const refusals = problems(400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503, 504);
const answers = (kind: string) => ({
  200: {
    description: `All pictures; or, with stream, ${kind}.partial_image and ${kind}.completed as server-sent events, ` +
      "a comment every 15 s while nothing happens, and error if it fails",
    content: { ...json(ImagesSchema), "text/event-stream": { schema: ServerEventSchema } },
  },
  ...refusals,
});

/** Every route of pictures. */
export const IMAGES_DOCUMENTS = [
  createRoute({
    method: "post",
    path: "/v1/images/generations",
    summary: "OpenAI's: a picture from a prompt",
    request: { body: { required: true, content: json(GenerationSchema) } },
    responses: answers("image_generation"),
  }),
  createRoute({
    method: "post",
    path: "/v1/images/edits",
    summary: "OpenAI's: a picture made over to a prompt, only in the transparent parts of the mask if there is one",
    request: { body: { required: true, content: { ...form(EditFormSchema), ...json(EditSchema) } } },
    responses: answers("image_edit"),
  }),
  createRoute({
    method: "post",
    path: "/v1/images/variations",
    summary: "OpenAI's: another picture like one, without a prompt",
    request: { body: { required: true, content: form(VariationSchema) } },
    responses: { 200: { description: "All pictures", content: json(ImagesSchema) }, ...refusals },
  }),
  createRoute({
    method: "get",
    path: "/v1/images/files/{id}",
    summary: "A picture whose address was given away; needs no key, for nobody can guess the address",
    request: { params: z.object({ id: z.string() }) },
    responses: {
      200: {
        description: "The picture",
        content: {
          "image/png": { schema: picture },
          "image/jpeg": { schema: picture },
          "image/webp": { schema: picture },
        },
      },
      ...problems(403, 404),
    },
  }),
];
