/**
 * What DPM-Solver, DEIS and UniPC share: variance-preserving latents on a path of σ.
 *
 * @module
 */
import type { Run } from "../scheduler.ts";
import { type CommonConfig, type ConfigOf, type Fields, flag, oneOf, only } from "../scheduler_config.ts";
import type { Level } from "./schedule.ts";
import { type CurveConfig, curvedSigmas, curveFields, type SigmaPath, sigmasAt, timestepAt } from "./sigmas.ts";
import { roundHalfEven, wholeTimesteps } from "./timesteps.ts";

/** Fields of DPM-Solver and UniPC. */
export const solverFields = {
  ...curveFields,
  final_sigmas_type: oneOf("zero", "sigma_min"),
  lower_order_final: flag(true),
  use_flow_sigmas: only(false),
  // Learned variances come as more channels, which nothing here splits off.
  variance_type: oneOf("fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log"),
} satisfies Fields;

/** What the path depends on. */
export type SolverConfig = CommonConfig & CurveConfig & Pick<ConfigOf<typeof solverFields>, "final_sigmas_type">;

/** In what they differ about curves. */
export interface SolverCurves {
  /** Whether timesteps on Karras's curve are rounded; those on other curves are cut. */
  readonly rounded: boolean;
  /** Whether `sigma_min` at the end is that of the curve, not that of training. */
  readonly ownEnd: boolean;
}

/** The levels of a run: the spacing counts the point after the last step, and a curve runs over all levels of training. */
export function solverPath(config: SolverConfig, { noise, steps }: Run, { rounded, ownEnd }: SolverCurves): SigmaPath {
  const trained = noise.sigmas;
  const curved = curvedSigmas(config, trained.at(-1)!, trained[0]!, steps);
  const timesteps = curved?.map((sigma) => timestepAt(trained, sigma)) ?? spaced(config, steps);
  const sigmas = curved ?? sigmasAt(trained, timesteps);
  const smallest = ownEnd && curved ? curved.at(-1)! : trained[0]!;
  return {
    timesteps: timesteps.map(rounded && config.use_karras_sigmas ? roundHalfEven : Math.trunc),
    sigmas: [...sigmas, config.final_sigmas_type === "zero" ? 0 : smallest].map(Math.fround),
  };
}

/** The variance-preserving level at σ. */
export function levelAt(sigma: number): Level {
  const signal = 1 / Math.hypot(sigma, 1);
  return { signal, noise: sigma * signal };
}

function spaced(config: CommonConfig, steps: number): number[] {
  if (config.timestep_spacing === "trailing") return wholeTimesteps(config, steps);
  return wholeTimesteps(config, steps + 1).slice(0, -1);
}
