import { distilledFields, distilledTimesteps } from "../noise/distilled_timesteps.ts";
import { estimatesOf } from "../noise/prediction.ts";
import { defineScheduler } from "../scheduler.ts";
import { clipOf, flag, positive } from "../scheduler_config.ts";

/** Standard deviation of clean latents that the boundary condition supposes. */
const SIGMA_DATA = 0.5;

/** Multistep sampling of latent consistency models (Luo et al. 2023, algorithm 3), diffusers' LCMScheduler. */
export const lcm = defineScheduler({
  className: "LCMScheduler",
  defaults: { timestep_spacing: "leading", beta_schedule: "scaled_linear", beta_start: 0.00085, beta_end: 0.012 },
  fields: {
    ...distilledFields,
    timestep_scaling: positive(10),
    clip_sample: flag(false),
    clip_sample_range: positive(1),
  },
  plan(config, { noise, steps, firstStep, strength }) {
    const timesteps = distilledTimesteps(config, steps, strength);
    const rows = timesteps.map((timestep, i) => {
      const level = noise.level(timestep);
      const next = i + 1 < steps ? noise.level(timesteps[i + 1]!) : { signal: 1, noise: 0 };
      const scaled = Math.hypot(timestep * config.timestep_scaling, SIGMA_DATA);
      const skip = (SIGMA_DATA / scaled) ** 2;
      const out = timestep * config.timestep_scaling / scaled;
      return {
        timestep,
        inputScale: 1,
        level,
        x0: {
          ...estimatesOf(config.prediction_type, level).x0,
          clip: clipOf(config),
        },
        next: { x: next.signal * skip, predicted: 0, x0: next.signal * out, history: [], noise: next.noise },
      };
    });
    return { initialNoise: 1, steps: strength === undefined ? rows.slice(firstStep) : rows };
  },
});
