/**
 * What AUTOMATIC1111's API can be asked for, as far as it means something here; other fields are ignored, as there.
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import * as field from "../../../pipeline/request/field_types.ts";

const text = () => z.string("must be text").nullish();
const real = () => z.number("must be a number").nullish();
const flag = () => z.boolean("must be true or false").nullish();
const whole = (min: number, max: number) => field.whole(min, max).nullish();
const count = () => whole(1, 16);
const record = () => z.record(z.string(), z.unknown(), "must be an object").nullish();

/** Settings for one request, or for all that come after. */
export const SettingsSchema = z.object({
  sd_model_checkpoint: text().meta({ description: "A model by title, name or hash; see `/sdapi/v1/sd-models`" }),
  CLIP_stop_at_last_layers: whole(1, 12).meta({
    description: "Which layer of a CLIP text encoder counts, from the last",
  }),
  randn_source: z.enum(["CPU", "GPU", "NV"], 'must be "CPU", "GPU" or "NV"').nullish().meta({
    description: "Whose noise a seed stands for; CPU if absent",
  }),
  samples_format: z.enum(["png", "jpg", "jpeg", "webp"], 'must be "png", "jpg", "jpeg" or "webp"').nullish().meta({
    description: "Format of the pictures; png if absent",
  }),
  sd_vae: z.enum(["Automatic", "None", ""], 'must be "Automatic", for models have their own').nullish(),
}, "must be an object").meta({ id: "A1111Settings" });

const common = {
  prompt: text(),
  negative_prompt: text(),
  seed: z.int("must be a whole number").nullish().meta({ description: "-1 for a random one; picture i has seed + i" }),
  subseed: z.int("must be a whole number").nullish().meta({ description: "A second seed, -1 for a random one" }),
  subseed_strength: real().meta({ description: "How far to go to it, 0 to 1" }),
  sampler_name: text().meta({ description: "See `/sdapi/v1/samplers`; the model's default if absent" }),
  sampler_index: text().meta({ description: "The same under its old name" }),
  scheduler: text().meta({ description: "See `/sdapi/v1/schedulers`; automatic if absent" }),
  batch_size: count().meta({ description: "How many pictures, times n_iter" }),
  n_iter: count(),
  steps: real().meta({ description: "The model's default if absent" }),
  cfg_scale: real().meta({ description: "The model's default if absent" }),
  width: real().meta({ description: "Pixels; the model's default, or the given picture's, if absent" }),
  height: real(),
  eta: real().meta({ description: "Fresh noise in each step of DDIM; 0 if absent" }),
  override_settings: SettingsSchema.nullish(),
  send_images: flag().meta({ description: "Whether the answer holds the pictures; true if absent" }),
  force_task_id: z.string("must be text").min(1, "must not be empty").max(100, "must have at most 100 characters")
    .nullish().meta({ description: "Names the work for `/internal/progress`" }),
  styles: z.array(z.string(), "must be a list").nullish(),
  restore_faces: flag(),
  tiling: flag(),
  seed_resize_from_w: real(),
  seed_resize_from_h: real(),
  s_churn: real(),
  s_noise: real(),
  s_min_uncond: real(),
  refiner_checkpoint: text(),
  script_name: text(),
  alwayson_scripts: record(),
  infotext: text(),
};

/** The body of `POST /sdapi/v1/txt2img`. */
export const Txt2ImgSchema = z.object({ ...common, enable_hr: flag() }, "must be an object").meta({
  id: "A1111Txt2Img",
});

/** The body of `POST /sdapi/v1/img2img`. */
export const Img2ImgSchema = z.object({
  ...common,
  init_images: z.array(z.string("must be base64"), "must be a list of one picture").nullish().meta({
    description: "One picture: PNG, JPEG or WebP in base64 or as a data: URL",
  }),
  denoising_strength: real().meta({ description: "How much of the picture is made anew; 0.75 if absent" }),
  resize_mode: whole(0, 3).meta({ description: "0 stretches, 1 crops; 2 and 3 are refused" }),
  mask: text().meta({ description: "White is made anew; of pictures with transparent parts, what is opaque" }),
  mask_blur: real().meta({ description: "Pixels; 4 if absent" }),
  inpainting_mask_invert: whole(0, 1).meta({ description: "1 if black is made anew" }),
  inpainting_fill: whole(0, 3).meta({ description: "1, the original; others only where denoising_strength is 1" }),
  inpaint_full_res: z.union([z.boolean(), z.literal([0, 1])], "must be true or false").nullish().meta({
    description: "Whether only the part around the mask is worked on, and put back; true if absent",
  }),
  inpaint_full_res_padding: whole(0, 4096).meta({
    description: "Pixels around the mask that the part has; 0 if absent",
  }),
  initial_noise_multiplier: real(),
  latent_mask: text(),
  include_init_images: flag(),
}, "must be an object").meta({ id: "A1111Img2Img" });

/** What is asked of `txt2img`. */
export type Txt2ImgFields = z.output<typeof Txt2ImgSchema>;
/** What is asked of `img2img`. */
export type Img2ImgFields = z.output<typeof Img2ImgSchema>;
/** Settings that mean something here. */
export type Settings = z.output<typeof SettingsSchema>;
