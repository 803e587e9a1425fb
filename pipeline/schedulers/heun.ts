import type { Step } from "../../runtime/device.ts";
import { evaluation, initialSigma, sigmaPath } from "../noise/sigma_space.ts";
import { curveFields } from "../noise/sigmas.ts";
import { defineScheduler } from "../scheduler.ts";
import { clipOf, flag, positive } from "../scheduler_config.ts";

/**
 * Heun's method (Karras et al. 2022, algorithm 1), diffusers' HeunDiscreteScheduler: two rows a step, but one for the last.
 *
 * With the slope d = (x − x0) / σ of the first row kept, the second one goes from where Euler led to the mean slope.
 */
export const heun = defineScheduler({
  className: "HeunDiscreteScheduler",
  defaults: { timestep_spacing: "linspace", beta_start: 0.00085, beta_end: 0.012 },
  fields: { ...curveFields, clip_sample: flag(false), clip_sample_range: positive(1) },
  plan(config, run) {
    const path = sigmaPath(config, run);
    const clip = clipOf(config);
    const evaluate = (i: number) => evaluation(config.prediction_type, path.timesteps[i]!, path.sigmas[i]!, clip);
    const rows = path.timesteps.flatMap((_, i): Step[] => {
      const [sigma, next] = [path.sigmas[i]!, path.sigmas[i + 1]!];
      const euler: Step = {
        ...evaluate(i),
        next: { x: next / sigma, predicted: 0, x0: 1 - next / sigma, history: [], noise: 0 },
        keep: { x: 1 / sigma, predicted: 0, x0: -1 / sigma },
      };
      if (next === 0) return [euler];
      const half = (next - sigma) / 2;
      return [euler, {
        ...evaluate(i + 1),
        next: { x: 1 + half / next, predicted: 0, x0: -half / next, history: [-half], noise: 0 },
      }];
    });
    return { initialNoise: initialSigma(config, path), steps: rows.slice(2 * run.firstStep) };
  },
});
