import { samplerLabel } from "../../../pipeline/schedulers/a1111_names.ts";
import type { AnswerPicture, Work } from "./answer.ts";

/** A moment as AUTOMATIC1111 writes it: year to second in UTC, 14 digits. */
export function timestamp(time: number): string {
  return new Date(time).toISOString().replace(/\D/g, "").slice(0, 14);
}

/**
 * AUTOMATIC1111's account of a finished request (`Processed.js`, modules/processing.py).
 *
 * @param interrupted how far the work was when it was interrupted, if it was
 */
export function infoOf(
  { request, model, version }: Omit<Work, "events">,
  pictures: readonly AnswerPicture[],
  interrupted: string | undefined,
): Readonly<Record<string, unknown>> {
  const { prompt, negative_prompt, seed, seed_to, scheduler } = request;
  const { sampler, schedule } = samplerLabel(scheduler);
  const subseed = seed_to ?? seed;
  return {
    prompt,
    all_prompts: pictures.map(() => prompt),
    negative_prompt,
    all_negative_prompts: pictures.map(() => negative_prompt),
    seed,
    all_seeds: pictures.map(({ seed }) => seed),
    subseed,
    all_subseeds: pictures.map((picture) => subseed + picture.seed - seed),
    subseed_strength: request.blend ?? 0,
    width: request.width,
    height: request.height,
    sampler_name: sampler,
    cfg_scale: request.guidance,
    steps: request.steps,
    batch_size: pictures.length,
    restore_faces: false,
    face_restoration_model: null,
    sd_model_name: model.name,
    sd_model_hash: model.hash,
    sd_vae_name: null,
    sd_vae_hash: null,
    seed_resize_from_w: -1,
    seed_resize_from_h: -1,
    denoising_strength: "strength" in request ? request.strength : null,
    extra_generation_params: {
      ...(schedule !== undefined && { "Schedule type": schedule }),
      ...(request.rng === "torch" && { RNG: "CPU" }),
      ...(interrupted !== undefined && { Interrupted: interrupted }),
    },
    index_of_first_image: 0,
    infotexts: pictures.map(({ infotext }) => infotext),
    styles: [],
    job_timestamp: timestamp(Date.now()),
    clip_skip: request.clip_skip ?? 1,
    is_using_inpainting_conditioning: false,
    version,
  };
}
