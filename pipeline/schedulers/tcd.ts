import { distilledFields, distilledTimesteps } from "../noise/distilled_timesteps.ts";
import { estimatesOf } from "../noise/prediction.ts";
import { defineScheduler } from "../scheduler.ts";

/**
 * Strategic stochastic sampling of trajectory consistency models (Zheng et al. 2024, algorithm 4), diffusers'
 * TCDScheduler; eta is its γ.
 */
export const tcd = defineScheduler({
  className: "TCDScheduler",
  takesEta: true,
  defaults: { timestep_spacing: "leading", beta_schedule: "scaled_linear", beta_start: 0.00085, beta_end: 0.012 },
  fields: distilledFields,
  plan(config, { noise, steps, eta, firstStep }) {
    const timesteps = distilledTimesteps(config, steps);
    const rows = timesteps.map((timestep, i) => {
      const level = noise.level(timestep);
      const { x0, epsilon } = estimatesOf(config.prediction_type, level);
      const next = timesteps[i + 1] ?? 0;
      // In float32 as in diffusers, for a whole product must not fall below itself.
      const aim = Math.floor(Math.fround(Math.fround(1 - eta) * next));
      const { signal, noise: direction } = noise.level(aim);
      const kept = eta > 0 && i + 1 < steps ? noise.alphaCumprod(next) / noise.alphaCumprod(aim) : 1;
      const scale = Math.sqrt(kept);
      return {
        timestep,
        inputScale: 1,
        level,
        x0: { ...x0, clip: Infinity },
        next: {
          x: scale * direction * epsilon.x,
          predicted: scale * direction * epsilon.predicted,
          x0: scale * signal,
          history: [],
          noise: Math.sqrt(1 - kept),
        },
      };
    });
    return { initialNoise: 1, steps: rows.slice(firstStep) };
  },
});
