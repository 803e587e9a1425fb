import type { ModelInfo } from "../models/model_info.ts";
import { parametersText } from "./images/parameters.ts";
import type { GenerationRequest } from "./request/request.ts";
import { SCHEDULERS } from "./schedulers/mod.ts";

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
    ...(request.eta > 0 && { Eta: request.eta }),
    // AUTOMATIC1111 names the generator unless it is that of a GPU.
    ...(request.rng === "torch" && { RNG: "CPU" }),
    ...(request.latents && { "Start noise": "from a file" }),
  };
  const scheduler = SCHEDULERS[request.scheduler].className.replace(/Scheduler$/, "");
  return {
    parameters: parametersText({ ...request, scheduler, seed, model_hash: model.hash, version, extra }),
    seed: String(seed),
    model_hash: model.hash,
  };
}
