/**
 * From bodies of AUTOMATIC1111's to those of latentd's own dialect.
 *
 * @module
 */
import { randomSeed } from "../../../pipeline/request/read_request.ts";
import { findSampler } from "../../../pipeline/schedulers/a1111_names.ts";
import type { SchedulerName } from "../../../pipeline/schedulers/mod.ts";
import { A1111Error } from "../answers/a1111_error.ts";
import type { Img2ImgFields, Txt2ImgFields } from "./fields.ts";
import { opaquePicture, whiteMask } from "./inpainting_pictures.ts";
import { pictureBytes } from "./picture_bytes.ts";
import type { Chosen } from "../settings.ts";
import { checkAble } from "./unable.ts";

/** A body as `readRequest` takes it. */
export type Body = Readonly<Record<string, unknown>>;

/** AUTOMATIC1111 ignores eta with samplers that have none. */
const WITH_ETA: readonly (SchedulerName | undefined)[] = ["ddim", "tcd"];

/** A picture from a prompt. @throws {A1111Error | InvalidRequestError} */
export function fromTxt2Img(fields: Txt2ImgFields, chosen: Chosen): Body {
  checkAble(fields);
  return { task: "text-to-image", prompt: fields.prompt ?? "", ...shared(fields, chosen) };
}

/** A picture from a picture, in part where there is a mask. @throws {A1111Error | InvalidRequestError} */
export async function fromImg2Img(fields: Img2ImgFields, chosen: Chosen): Promise<Body> {
  const [init, ...others] = fields.init_images ?? [];
  if (init === undefined) throw new A1111Error(404, "Init image not found; init_images must hold one picture");
  if (others.length > 0) {
    throw new A1111Error(
      422,
      `init_images has ${others.length + 1} pictures; it must hold one, ask again for the others`,
    );
  }
  checkAble(fields);
  const image = pictureBytes("init_images", init);
  const body = {
    ...shared(fields, chosen),
    prompt: fields.prompt ?? "",
    strength: fields.denoising_strength ?? 0.75,
  };
  const fit = fields.resize_mode === 1 ? "cover" : "stretch";
  if (fields.mask == null || fields.mask === "") return { task: "image-to-image", image, fit, ...body };
  const region = fields.inpaint_full_res ?? true
    ? { region: "masked", region_padding: fields.inpaint_full_res_padding ?? 0 }
    : { fit };
  return {
    task: "inpainting",
    ...region,
    image: await opaquePicture(image),
    mask: await whiteMask(pictureBytes("mask", fields.mask), fields.inpainting_mask_invert === 1),
    mask_blur: fields.mask_blur ?? 4,
    ...body,
  };
}

function shared(fields: Txt2ImgFields | Omit<Img2ImgFields, "mask">, { model, clipSkip, randn }: Chosen): Body {
  const count = (fields.batch_size ?? 1) * (fields.n_iter ?? 1);
  const scheduler = schedulerOf(fields.sampler_name || fields.sampler_index, fields.scheduler);
  if (scheduler === "euler_ancestral" && fields.eta != null && fields.eta !== 1) {
    throw new A1111Error(422, `eta is ${fields.eta}; with Euler a it must be 1`);
  }
  const strength = fields.subseed_strength ?? 0;
  const drawn = (seed: number | null | undefined) => seed == null || seed === -1;
  const { seed, subseed, steps, cfg_scale: guidance, width, height, eta } = fields;
  const body = {
    model: model.name,
    count,
    scheduler,
    steps,
    guidance,
    width,
    height,
    negative_prompt: fields.negative_prompt || undefined,
    eta: WITH_ETA.includes(scheduler) ? eta : undefined,
    seed: drawn(seed) ? undefined : seed,
    ...(strength !== 0 && { blend: strength, seed_to: drawn(subseed) ? randomSeed(count) : subseed }),
    clip_skip: clipSkip > 1 ? clipSkip : undefined,
    rng: randn === "CPU" ? "torch" : "philox",
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value != null));
}

/** Our name of what was asked for; undefined, for the model's default, if nothing was. */
function schedulerOf(sampler?: string | null, schedule?: string | null): SchedulerName | undefined {
  if (!sampler) {
    if (!schedule || schedule.toLowerCase() === "automatic") return undefined;
    throw new A1111Error(422, `scheduler is ${schedule}, but sampler_name is missing; give both`);
  }
  const found = findSampler(sampler, schedule ?? undefined);
  if (found) return found;
  if (!findSampler(sampler)) throw new A1111Error(404, "Sampler not found");
  throw new A1111Error(404, `Scheduler not found: ${schedule} does not go with ${sampler}; Automatic does`);
}
