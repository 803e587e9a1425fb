/**
 * What can be asked for: the one schema behind HTTP validation, command-line flags and `/openapi.json`.
 *
 * @module
 */
import { z } from "zod";
import { TASK_NAMES } from "../../models/task_names.ts";
import { oneOf, real, whole } from "./field_types.ts";

/** The largest seed: MT19937, which makes the noise, is seeded with 32 bits, so larger ones would only be other names. */
export const MAX_SEED = 2 ** 32 - 1;
/** Most characters (code points) of a prompt; how many tokens have influence is up to the model. */
export const MAX_PROMPT = 4000;
/** Most pictures of one request. */
export const MAX_COUNT = 16;
/** Most objects of a layout, whatever the model takes. */
const MAX_BOXES = 64;
/** How many previews there are if nothing was said and the answer can hold them. */
export const DEFAULT_PREVIEWS = 4;

const text = () =>
  z.string("must be text")
    .refine((value) => value.isWellFormed(), "must be well-formed Unicode, without lone surrogates")
    .refine((value) => !value.includes("\0"), "must not contain the character NUL")
    .refine((value) => [...value].length <= MAX_PROMPT, `must have at most ${MAX_PROMPT} characters`);
const name = () =>
  z.string("must be a name").regex(/^[A-Za-z0-9][\w.-]{0,63}$/, "must be a name of letters, digits, . _ -");
const pixels = () => z.int("must be a whole number of pixels").positive("must be a whole number of pixels");
const picture = () =>
  z.custom<string | Uint8Array>(
    (value) => typeof value === "string" || value instanceof Uint8Array,
    "must be a picture in base64 or a data: URL",
  );
const BASE64 = { type: "string", contentEncoding: "base64" } as const;
const EXTENSION = "must be four whole numbers of pixels: left, top, right, bottom";
const BOXES = 'must be a list of objects such as {"box": [0, 0, 0.5, 1], "text": "cat"}, in text 0,0,0.5,1:cat';

/** An object of a layout, as it comes in. */
export const BoxSchema = z.strictObject({
  box: z.tuple([real(0, 1), real(0, 1), real(0, 1), real(0, 1)], "must be [left, top, right, bottom], each from 0 to 1")
    .refine(([left, top, right, bottom]) => left < right && top < bottom, "must have left < right and top < bottom")
    .meta({ minItems: 4, maxItems: 4 }),
  text: text().refine((value) => value.trim() !== "", "must not be empty"),
}, BOXES).meta({ id: "Box", description: "An object and where it is" });

/** The body of `POST /v1/generate`; every field is a query parameter of the GET form and a flag of `generate`, too. */
export const RequestSchema = z.strictObject({
  prompt: text().optional().meta({
    description: "What the picture shows",
    maxLength: MAX_PROMPT,
    example: "a red apple, fluent style",
  }),
  negative_prompt: text().optional().meta({
    description: "What guidance leads away from; works with guidance above 1",
    maxLength: MAX_PROMPT,
  }),
  task: z.enum(TASK_NAMES, `must be one of ${TASK_NAMES.join(", ")}`).optional().meta({
    description: "What to do; found out from the other fields if absent",
  }),
  image: picture().optional().meta({
    ...BASE64,
    description:
      "The picture to start from: PNG, JPEG or WebP in base64 or as a data: URL; never fetched from anywhere",
  }),
  mask: picture().optional().meta({
    ...BASE64,
    description: "Of inpainting: white is made anew, black stays. Transparent parts of `image` are meant if absent",
  }),
  mask_blur: real(0, 64).optional().meta({
    description: "Of inpainting: how soft the mask's edge is, in pixels; 0 if absent, 4 with extend",
  }),
  extend: z.tuple([whole(0, 4096), whole(0, 4096), whole(0, 4096), whole(0, 4096)], EXTENSION).optional().meta({
    description: "Outpainting: pixels to add at the left, top, right and bottom",
  }),
  region: oneOf("whole", "masked").optional().meta({
    description:
      "Of inpainting: what the model works on, the whole picture or only the part around the mask; whole if " +
      "absent",
  }),
  region_padding: whole(0, 4096).optional().meta({
    description: "Of inpainting with region masked: pixels around the mask that the part has at least; 32 if absent",
  }),
  back_projection: whole(0, 10).optional().meta({
    description: "Of super-resolution: rounds in which the result is made to agree with the picture (iterative " +
      "back-projection); the model's default if absent",
  }),
  fit: oneOf("cover", "contain", "stretch").optional().meta({
    description: "How a picture of another shape is brought to width and height; cover if absent. Inpainting without " +
      "width, height and fit gives the picture back at its own size",
  }),
  strength: real(0, 1).optional().meta({
    description: "How much of the picture is made anew: 0.8 for image-to-image, 1 for inpainting if absent",
  }),
  class: z.union([text(), z.int()], "must be a class's name or number").optional().meta({
    description: "Of class-conditional models, by name or number; see `/v1/models`",
  }),
  boxes: z.array(BoxSchema, BOXES).min(1, BOXES).max(MAX_BOXES, `must be at most ${MAX_BOXES} objects`).optional().meta(
    {
      description: "Objects of a layout and where they are, as fractions of width and height",
    },
  ),
  seed: whole(0, MAX_SEED).nullish().meta({
    description: "Same seed, same picture; picture i of a request has seed + i. A random one is drawn if absent",
    example: 42,
  }),
  steps: whole(1, 1000).optional().meta({ description: "Denoising steps; the model's default if absent", example: 20 }),
  guidance: real(0, 100).optional().meta({
    description: "Scale of classifier-free guidance, 1 for none; the model's default if absent",
    example: 7.5,
  }),
  eta: real(0, 1).default(0).meta({ description: "Fresh noise in every step: 0 is DDIM, 1 is DDPM" }),
  rng: oneOf("torch", "philox").default("torch").meta({
    description: "Whose noise a seed stands for: PyTorch's on the CPU, or CUDA's, which AUTOMATIC1111 calls NV",
  }),
  width: pixels().optional().meta({
    description: "Pixels; the model's default or the picture's if absent",
    example: 128,
  }),
  height: pixels().optional().meta({
    description: "Pixels; the model's default or the picture's if absent",
    example: 128,
  }),
  scheduler: z.string("must be a name").regex(/^[\w .+-]{1,64}$/, "must be a name of letters, digits, space . _ + -")
    .optional().meta({ description: "By its own, diffusers' or AUTOMATIC1111's name", example: "ddim" }),
  count: whole(1, MAX_COUNT).default(1).meta({ description: `How many pictures, at most ${MAX_COUNT}` }),
  seed_to: whole(0, MAX_SEED).optional().meta({ description: "A second seed to go to; see blend" }),
  prompt_to: text().optional().meta({ description: "A second prompt to go to; see blend", maxLength: MAX_PROMPT }),
  blend: real(0, 1).optional().meta({
    description: "How far to go to the second seed or prompt; from 0 to 1 over the pictures if absent",
  }),
  emphasis: z.boolean("must be true or false").default(true).meta({
    description: "Whether (word:1.3), (word), [word] and BREAK in prompts are read as AUTOMATIC1111 does",
  }),
  clip_skip: whole(1, 12).optional().meta({
    description: "Which layer of a CLIP text encoder counts, from the last, 1; the model's own if absent",
  }),
  model: name().optional().meta({ description: "Which model; see `/v1/models`", example: "emoji-128" }),
  previews: whole(0, 100).optional().meta({
    description:
      `At most so many previews of the picture being made; ${DEFAULT_PREVIEWS} if absent and the answer can hold them`,
  }),
  metadata: oneOf("full", "none").default("full").meta({
    description: "Whether prompt, settings, seed and model hash are written into the PNG",
  }),
}).meta({ id: "GenerationRequest", description: "What pictures to make" });

/** A request as it came in, each field of the right type. */
export type Asked = z.output<typeof RequestSchema>;

/** Name of something that can be asked for. */
export type Field = keyof typeof RequestSchema.shape;

/** Names of everything that can be asked for. */
export const FIELDS = Object.keys(RequestSchema.shape) as readonly Field[];
