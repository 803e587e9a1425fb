/**
 * Noise levels σ = √((1 − ᾱ) / ᾱ) of the steps of a run (Karras et al. 2022).
 *
 * @module
 */
import { type ConfigOf, type Fields, flag, optional } from "../scheduler_config.ts";
import { betaQuantile } from "./beta_quantile.ts";

/** The noise levels of a run. */
export interface SigmaPath {
  /** What the denoiser is told, for each step. */
  readonly timesteps: readonly number[];
  /** The levels from noisy to clean: one a step, and the one after the last step. */
  readonly sigmas: readonly number[];
}

/** Fields that put a curve in the place of the levels of the chosen timesteps. */
export const curveFields = {
  use_karras_sigmas: flag(false),
  use_exponential_sigmas: flag(false),
  use_beta_sigmas: flag(false),
  sigma_min: optional,
  sigma_max: optional,
} satisfies Fields;

/** The values of those. */
export type CurveConfig = ConfigOf<typeof curveFields>;

/** A curve from the largest to the smallest σ, as a function of its progress from 0 to 1. */
type Curve = (max: number, min: number) => (progress: number) => number;

/** Karras et al. 2022, equation 5, with ρ = 7. */
const karras: Curve = (max, min) => (progress) => (max ** (1 / 7) + progress * (min ** (1 / 7) - max ** (1 / 7))) ** 7;
const exponential: Curve = (max, min) => (progress) =>
  Math.exp(Math.log(max) + progress * (Math.log(min) - Math.log(max)));
/** Lee et al. 2024 ("Beta sampling is all you need"). */
const beta: Curve = (max, min) => (progress) => min + betaQuantile(1 - progress, 0.6) * (max - min);

/**
 * The levels along the curve that the config names, if it names one.
 *
 * @param max σ at the noisy end unless the config tells it
 * @param min σ at the clean end unless the config tells it
 * @throws {RangeError} if it names two
 */
export function curvedSigmas(
  config: Partial<CurveConfig>,
  max: number,
  min: number,
  steps: number,
): number[] | undefined {
  const { use_karras_sigmas, use_exponential_sigmas, use_beta_sigmas } = config;
  const named = [use_karras_sigmas && karras, use_exponential_sigmas && exponential, use_beta_sigmas && beta]
    .filter((curve) => typeof curve === "function");
  if (named.length > 1) {
    const fields = "use_karras_sigmas, use_exponential_sigmas, use_beta_sigmas";
    throw new RangeError(`More than one of ${fields} is true in the scheduler's config; one at most can be`);
  }
  const at = named[0]?.(config.sigma_max ?? max, config.sigma_min ?? min);
  return at && Array.from({ length: steps }, (_, i) => at(steps === 1 ? 0 : i / (steps - 1)));
}

/** σ at timesteps between those of training, by linear interpolation. */
export function sigmasAt(trained: Float32Array, timesteps: readonly number[]): number[] {
  return timesteps.map((timestep) => {
    const t = Math.min(Math.max(timestep, 0), trained.length - 1);
    const below = Math.floor(t);
    const above = Math.min(below + 1, trained.length - 1);
    return trained[below]! + (t - below) * (trained[above]! - trained[below]!);
  });
}

/** The timestep, fractional, that training would have had σ at, by linear interpolation of its logarithm. */
export function timestepAt(trained: Float32Array, sigma: number): number {
  const log = (value: number) => Math.fround(Math.log(value));
  const above = trained.findIndex((level) => Math.log(sigma) < log(level));
  const low = Math.min(Math.max((above === -1 ? trained.length : above) - 1, 0), trained.length - 2);
  const [from, to] = [log(trained[low]!), log(trained[low + 1]!)];
  return low + Math.min(Math.max((Math.log(sigma) - from) / (to - from), 0), 1);
}
