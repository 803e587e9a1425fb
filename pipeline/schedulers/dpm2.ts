import type { Step } from "../../runtime/device.ts";
import { evaluation, initialSigma, sigmaPath } from "../noise/sigma_space.ts";
import { curveFields, timestepAt } from "../noise/sigmas.ts";
import { roundHalfEven } from "../noise/timesteps.ts";
import { defineScheduler, type Scheduler } from "../scheduler.ts";

/** DPM-Solver-2 (Lu et al. 2022; k-diffusion), diffusers' KDPM2DiscreteScheduler. */
export const dpm2: Scheduler = midpointSolver("KDPM2DiscreteScheduler", (next) => ({ down: next, up: 0 }));

/** The same with as much fresh noise as DDPM, diffusers' KDPM2AncestralDiscreteScheduler. */
export const dpm2Ancestral: Scheduler = midpointSolver("KDPM2AncestralDiscreteScheduler", (next, sigma) => ({
  down: next ** 2 / sigma,
  up: next * Math.sqrt(1 - (next / sigma) ** 2),
}));

/**
 * Two rows a step, but one for the last: the slope is evaluated half way in log σ, and leads from where the step began.
 *
 * @param split into the σ that the slope leads to and that of the noise which is added there
 */
function midpointSolver(
  className: string,
  split: (next: number, sigma: number) => { readonly down: number; readonly up: number },
): Scheduler {
  return defineScheduler({
    className,
    defaults: { timestep_spacing: "linspace", beta_start: 0.00085, beta_end: 0.012 },
    fields: curveFields,
    plan(config, run) {
      const path = sigmaPath(config, run);
      const trained = run.noise.sigmas;
      const rows = path.timesteps.flatMap((told, i): Step[] => {
        const [sigma, next] = [path.sigmas[i]!, path.sigmas[i + 1]!];
        const { down, up } = split(next, sigma);
        const middle = Math.sqrt(sigma * down);
        const begin: Step = {
          ...evaluation(config.prediction_type, config.use_karras_sigmas ? roundHalfEven(told) : told, sigma),
          next: { x: middle / sigma, predicted: 0, x0: 1 - middle / sigma, history: [], noise: 0 },
          keep: { x: 1, predicted: 0, x0: 0 },
        };
        if (next === 0) return [begin];
        const way = (down - sigma) / middle;
        return [begin, {
          ...evaluation(config.prediction_type, timestepAt(trained, middle), middle),
          next: { x: way, predicted: 0, x0: -way, history: [1], noise: up },
        }];
      });
      return { initialNoise: initialSigma(config, path), steps: rows.slice(2 * run.firstStep) };
    },
  });
}
