import { evaluation, initialSigma, sigmaPath } from "../noise/sigma_space.ts";
import { defineScheduler } from "../scheduler.ts";

/** Euler's method with as much fresh noise as DDPM (k-diffusion), diffusers' EulerAncestralDiscreteScheduler. */
export const eulerAncestral = defineScheduler({
  className: "EulerAncestralDiscreteScheduler",
  defaults: { timestep_spacing: "linspace" },
  fields: {},
  plan(config, run) {
    const path = sigmaPath(config, run);
    const rows = path.timesteps.map((timestep, i) => {
      const [sigma, next] = [path.sigmas[i]!, path.sigmas[i + 1]!];
      const up = next * Math.sqrt(1 - (next / sigma) ** 2);
      const down = next ** 2 / sigma;
      return {
        ...evaluation(config.prediction_type, timestep, sigma),
        next: { x: down / sigma, predicted: 0, x0: 1 - down / sigma, history: [], noise: up },
      };
    });
    return { initialNoise: initialSigma(config, path), steps: rows.slice(run.firstStep) };
  },
});
