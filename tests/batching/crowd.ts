import type { Model } from "../../models/model.ts";
import type { Generate } from "../../pipeline/generation.ts";
import type { Pixels } from "../../pipeline/images/pixels.ts";
import type { GenerationRequest } from "../../pipeline/request/request.ts";
import { APPLE } from "../generation/apple.ts";
import { difference, picturesOf } from "../generation/pictures_of.ts";

/** Requests with nothing in common but their size: histories of other lengths, noise of their own, one row or two. */
export const CROWD: readonly GenerationRequest[] = [
  { ...APPLE, count: 2 },
  { ...APPLE, prompt: "blue car", seed: 1, scheduler: "dpmpp_2m", steps: 6 },
  { ...APPLE, prompt: "green tree", seed: 2, scheduler: "euler_ancestral", steps: 5, guidance: 1 },
  { ...APPLE, prompt: "yellow sun", seed: 3, scheduler: "heun", steps: 3, guidance: 1, rng: "philox" },
];

/** Listens at a denoiser. */
export class Spy {
  /** Rows of each evaluation. */
  readonly rows: number[] = [];
  /** Called when an evaluation begins. */
  onEvaluation: () => void = () => {};

  /** The model with a denoiser that is listened at. */
  at(model: Model): Model {
    const predict: Model["denoiser"]["predict"] = (input, timesteps, given) => {
      this.rows.push(timesteps.length);
      this.onEvaluation();
      return model.denoiser.predict(input, timesteps, given);
    };
    return { ...model, denoiser: { ...model.denoiser, predict } };
  }
}

/** The largest difference, 0 … 255, between pictures made one after the other and all at once. */
export async function differenceInCompany(generate: Generate, requests: readonly GenerationRequest[]): Promise<number> {
  const alone: Pixels[] = [];
  for (const request of requests) alone.push(...await picturesOf(generate, request));
  const together = (await Promise.all(requests.map((request) => picturesOf(generate, request)))).flat();
  return Math.max(...alone.map((picture, index) => difference(picture, together[index]!)));
}
