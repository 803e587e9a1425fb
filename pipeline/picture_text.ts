import type { ModelInfo } from "../models/model_info.ts";
import { parametersText } from "./images/parameters.ts";
import type { GenerationRequest } from "./request/request.ts";
import { samplerLabel } from "./schedulers/a1111_names.ts";

/**
 * The text that goes into a picture's PNG: everything that makes this one picture again.
 *
 * @param seed that of the picture, the request's seed + its index
 * @param version name and version of the program
 */
export function pictureText(
  request: GenerationRequest,
  model: ModelInfo,
  seed: number,
  version: string,
): Readonly<Record<string, string>> {
  const extra = {
    ...("strength" in request && { "Denoising strength": request.strength }),
    ...(request.clip_skip !== undefined && { "Clip skip": request.clip_skip }),
    ...(request.seed_to !== undefined && request.blend !== undefined && {
      "Variation seed": request.seed_to + seed - request.seed,
      "Variation seed strength": request.blend,
    }),
    ...(request.eta > 0 && { Eta: request.eta }),
    // AUTOMATIC1111 names the generator unless it is that of a GPU.
    ...(request.rng === "torch" && { RNG: "CPU" }),
    ...(request.latents && { "Start noise": "from a file" }),
  };
  const { sampler: scheduler, schedule } = samplerLabel(request.scheduler);
  return {
    parameters: parametersText({ ...request, scheduler, schedule, seed, model_hash: model.hash, version, extra }),
    seed: String(seed),
    model_hash: model.hash,
  };
}
