import { estimatesOf } from "../noise/prediction.ts";
import { wholeTimesteps } from "../noise/timesteps.ts";
import { defineScheduler } from "../scheduler.ts";
import { clipOf, flag, positive } from "../scheduler_config.ts";

/** DDIM (Song et al. 2021, equations 12 and 16); clipping moves x0 but not ε, as in diffusers' DDIMScheduler. */
export const ddim = defineScheduler({
  className: "DDIMScheduler",
  takesEta: true,
  defaults: { timestep_spacing: "leading" },
  fields: {
    clip_sample: flag(true),
    clip_sample_range: positive(1),
    set_alpha_to_one: flag(true),
  },
  plan(config, { noise, steps, eta, firstStep }) {
    const stride = Math.floor(config.num_train_timesteps / steps);
    const finalAlpha = config.set_alpha_to_one ? 1 : noise.alphaCumprod(0);
    const rows = wholeTimesteps(config, steps).slice(firstStep).map((timestep) => {
      const level = noise.level(timestep);
      const { x0, epsilon } = estimatesOf(config.prediction_type, level);
      const alpha = noise.alphaCumprod(timestep);
      const nextAlpha = timestep >= stride ? noise.alphaCumprod(timestep - stride) : finalAlpha;
      const fresh = eta * Math.sqrt((1 - nextAlpha) / (1 - alpha) * (1 - alpha / nextAlpha));
      // At zero terminal SNR and eta 1 this is 0, which rounding can make negative.
      const direction = Math.sqrt(Math.max(0, 1 - nextAlpha - fresh ** 2));
      return {
        timestep,
        inputScale: 1,
        level,
        x0: { ...x0, clip: clipOf(config) },
        next: {
          x: direction * epsilon.x,
          predicted: direction * epsilon.predicted,
          x0: Math.sqrt(nextAlpha),
          history: [],
          noise: fresh,
        },
      };
    });
    return { initialNoise: 1, steps: rows };
  },
});
