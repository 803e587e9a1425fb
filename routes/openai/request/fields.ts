/**
 * What OpenAI's Images API can be asked for, with latentd's own fields beside.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import { oneOf, whole } from "../../../pipeline/request/field_types.ts";
import { RequestSchema } from "../../../pipeline/request/schema.ts";

const { shape } = RequestSchema;

const text = () => z.string("must be text");

/** A picture's width and height. */
const SIZE = /^(?:auto|[1-9]\d{0,4}x[1-9]\d{0,4})$/;

const common = {
  model: shape.model.nullish().meta({
    description: "A name from `/v1/models`; names of OpenAI's, such as gpt-image-1, stand for the first of these",
    example: "emoji-128",
  }),
  n: whole(1, 10).nullish().meta({ description: "How many pictures, 1 if absent; picture i has seed + i" }),
  size: text().regex(SIZE, 'must be "auto" or width and height such as "128x96"').nullish().meta({
    description: "Pixels; the model's default, or those of the given picture, if absent or auto",
    example: "128x128",
  }),
  response_format: oneOf("b64_json", "url").nullish().meta({
    description: "Pictures in base64, the default, or addresses on this server that are good for an hour",
  }),
};

const output = {
  output_format: oneOf("png", "jpeg", "webp").nullish().meta({ description: "png if absent" }),
  output_compression: whole(0, 100).nullish().meta({ description: "Quality of jpeg and webp; 100 if absent" }),
  background: oneOf("auto", "opaque").nullish().meta({ description: "Transparent backgrounds are not made" }),
  stream: z.boolean("must be true or false").nullish().meta({ description: "Whether events are sent while it works" }),
  partial_images: whole(0, 3).nullish().meta({
    description: "Of a stream: at most so many pictures of the work under way",
  }),
};

const IDLE = "Any of OpenAI's values is taken; without effect here";
const user = { user: text().nullish().meta({ description: IDLE }) };
const idle = {
  ...user,
  quality: oneOf("auto", "low", "medium", "high", "xhigh", "max", "standard", "hd").nullish().meta({
    description: IDLE,
  }),
  moderation: oneOf("auto", "low").nullish().meta({ description: IDLE }),
  complexity: oneOf("low", "medium", "high").nullish().meta({ description: IDLE }),
  safety_identifier: text().nullish().meta({ description: IDLE }),
};

const own = {
  negative_prompt: shape.negative_prompt.nullish().meta({ description: "What guidance leads away from" }),
  seed: shape.seed.meta({ description: "Same seed, same picture; a random one is drawn if absent", example: 42 }),
  steps: shape.steps.nullish().meta({ description: "Denoising steps; the model's default if absent" }),
  num_inference_steps: shape.steps.nullish().meta({ description: "The same as steps" }),
  cfg_scale: shape.guidance.nullish().meta({
    description: "Scale of guidance, 1 for none; the model's default if absent",
  }),
  guidance_scale: shape.guidance.nullish().meta({ description: "The same as cfg_scale" }),
  scheduler: shape.scheduler.nullish().meta({ description: "By its own, diffusers' or AUTOMATIC1111's name" }),
};

const strength = {
  strength: shape.strength.nullish().meta({
    description: "How much of the picture is made anew, 0 to 1: 0.8 if absent, 1 with a mask",
  }),
};
const prompt = {
  prompt: shape.prompt.unwrap().refine((value) => value.trim() !== "", "must not be empty")
    .meta({ description: "What the picture shows", example: "a red apple" }),
};
const file = (wish: string) =>
  z.custom<string | Uint8Array>((value) => typeof value === "string" || value instanceof Uint8Array, wish)
    .meta({ type: "string", format: "binary" });
const image = file("must be a PNG, JPEG or WebP file").meta({
  description: "The picture to start from: PNG, JPEG or WebP; `image[]` is the same",
});
const MASK = "A picture as large as the other: its transparent parts are made anew";

/** A picture in a JSON body. */
const PictureSchema = z.strictObject({
  image_url: text().optional().meta({ description: "A data: URL; nothing is fetched from anywhere" }),
  file_id: text().optional().meta({ description: "Refused, for there are no stored files here" }),
}, "must be an object with image_url").meta({ id: "OpenaiPicture" });

/** The body of `POST /v1/images/generations`. */
export const GenerationSchema = z.strictObject({
  ...prompt,
  ...common,
  ...output,
  ...idle,
  style: oneOf("vivid", "natural").nullish().meta({ description: IDLE }),
  ...own,
}).meta({ id: "OpenaiGeneration", description: "A picture from a prompt" });

const edit = {
  ...prompt,
  ...common,
  ...output,
  ...idle,
  input_fidelity: oneOf("high", "low").nullish().meta({ description: IDLE }),
  ...own,
  ...strength,
};

/** The form of `POST /v1/images/edits`. */
export const EditFormSchema = z.strictObject({
  image,
  mask: file("must be a PNG or WebP file").nullish().meta({ description: MASK }),
  ...edit,
}).meta({ id: "OpenaiEditForm", description: "A picture made over to a prompt" });

/** The JSON body of `POST /v1/images/edits`. */
export const EditSchema = z.strictObject({
  images: z.array(PictureSchema, "must be a list of one picture").meta({ description: "One picture to start from" }),
  mask: PictureSchema.nullish().meta({ description: MASK }),
  ...edit,
}).meta({ id: "OpenaiEdit", description: "A picture made over to a prompt" });

/** The form of `POST /v1/images/variations`. */
export const VariationSchema = z.strictObject({ image, ...common, ...user, ...own, ...strength })
  .meta({ id: "OpenaiVariation", description: "Another picture like one" });

/** What is asked of a generation. */
export type GenerationFields = z.output<typeof GenerationSchema>;
/** What is asked of an edit. */
export type EditFields = z.output<typeof EditFormSchema> | z.output<typeof EditSchema>;
/** What is asked of a variation. */
export type VariationFields = z.output<typeof VariationSchema>;
