import { evaluation, initialSigma, sigmaPath } from "../noise/sigma_space.ts";
import { curveFields } from "../noise/sigmas.ts";
import { defineScheduler } from "../scheduler.ts";
import { oneOf, only } from "../scheduler_config.ts";

/** Euler's method (Karras et al. 2022, algorithm 2 without churn), diffusers' EulerDiscreteScheduler. */
export const euler = defineScheduler({
  className: "EulerDiscreteScheduler",
  defaults: { timestep_spacing: "linspace" },
  fields: {
    ...curveFields,
    final_sigmas_type: oneOf("zero", "sigma_min"),
    interpolation_type: only("linear"),
    timestep_type: oneOf("discrete", "continuous"),
  },
  plan(config, run) {
    const path = sigmaPath(config, run, config.final_sigmas_type === "zero" ? 0 : run.noise.sigmas[0]);
    const { prediction_type } = config;
    const continuous = config.timestep_type === "continuous" && prediction_type === "v_prediction";
    const rows = path.timesteps.map((timestep, i) => {
      const [sigma, next] = [path.sigmas[i]!, path.sigmas[i + 1]!];
      return {
        ...evaluation(prediction_type, continuous ? Math.log(sigma) / 4 : timestep, sigma),
        next: { x: next / sigma, predicted: 0, x0: 1 - next / sigma, history: [], noise: 0 },
      };
    });
    return { initialNoise: initialSigma(config, path), steps: rows.slice(run.firstStep) };
  },
});
