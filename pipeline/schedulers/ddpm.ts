import { estimatesOf } from "../noise/prediction.ts";
import { wholeTimesteps } from "../noise/timesteps.ts";
import { defineScheduler } from "../scheduler.ts";
import { clipOf, flag, oneOf, positive } from "../scheduler_config.ts";

/** DDPM (Ho et al. 2020, equation 7) on a subset of the training timesteps, diffusers' DDPMScheduler. */
export const ddpm = defineScheduler({
  className: "DDPMScheduler",
  defaults: { timestep_spacing: "leading" },
  fields: {
    clip_sample: flag(true),
    clip_sample_range: positive(1),
    variance_type: oneOf("fixed_small", "fixed_small_log", "fixed_large"),
  },
  plan(config, { noise, steps, firstStep }) {
    const timesteps = wholeTimesteps(config, steps);
    const rows = timesteps.map((timestep, i) => {
      const level = noise.level(timestep);
      const alpha = noise.alphaCumprod(timestep);
      const nextAlpha = i + 1 < steps ? noise.alphaCumprod(timesteps[i + 1]!) : 1;
      const beta = 1 - alpha / nextAlpha;
      const small = (1 - nextAlpha) / (1 - alpha) * beta;
      const variance = config.variance_type === "fixed_large" ? beta : Math.max(small, 1e-20);
      return {
        timestep,
        inputScale: 1,
        level,
        x0: {
          ...estimatesOf(config.prediction_type, level).x0,
          clip: clipOf(config),
        },
        next: {
          x: Math.sqrt(alpha / nextAlpha) * (1 - nextAlpha) / (1 - alpha),
          predicted: 0,
          x0: Math.sqrt(nextAlpha) * beta / (1 - alpha),
          history: [],
          noise: timestep > 0 ? Math.sqrt(variance) : 0,
        },
      };
    });
    return { initialNoise: 1, steps: rows.slice(firstStep) };
  },
});
