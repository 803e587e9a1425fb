/**
 * What the schedulers share whose latents are z + σ · ε instead of √ᾱ · z + √(1 − ᾱ) · ε.
 *
 * @module
 */
import type { Step } from "../../runtime/device.ts";
import type { Run } from "../scheduler.ts";
import type { CommonConfig, PredictionType } from "../scheduler_config.ts";
import { estimatesOf } from "./prediction.ts";
import { type CurveConfig, curvedSigmas, type SigmaPath, sigmasAt, timestepAt } from "./sigmas.ts";
import { spacedTimesteps } from "./timesteps.ts";

/**
 * The levels of a run; a curve runs between those that the spacing visits.
 *
 * @param last σ after the last step
 */
export function sigmaPath(config: CommonConfig & Partial<CurveConfig>, { noise, steps }: Run, last = 0): SigmaPath {
  const trained = noise.sigmas;
  const spaced = spacedTimesteps(config, steps).map(Math.fround);
  const visited = sigmasAt(trained, spaced);
  const curved = curvedSigmas(config, visited[0]!, visited.at(-1)!, steps);
  return {
    timesteps: curved?.map((sigma) => Math.fround(timestepAt(trained, sigma))) ?? spaced,
    sigmas: [...(curved ?? visited), last].map(Math.fround),
  };
}

/** Standard deviation of the start latents; `leading` does not start at the noisiest level, so signal counts as noise. */
export function initialSigma({ timestep_spacing }: CommonConfig, { sigmas }: SigmaPath): number {
  const max = Math.max(...sigmas);
  return timestep_spacing === "leading" ? Math.hypot(max, 1) : max;
}

/** The part of a row that is about the denoiser: its input at σ, and the estimate of x0 from its output. */
export function evaluation(
  type: PredictionType,
  timestep: number,
  sigma: number,
  clip = Infinity,
): Pick<Step, "timestep" | "inputScale" | "level" | "x0"> {
  const level = { signal: 1, noise: sigma };
  return { timestep, inputScale: 1 / Math.hypot(sigma, 1), level, x0: { ...estimatesOf(type, level).x0, clip } };
}
