import { type Combination, estimatesOf } from "../noise/prediction.ts";
import { wholeTimesteps } from "../noise/timesteps.ts";
import type { NoiseSchedule } from "../noise/schedule.ts";
import { defineScheduler } from "../scheduler.ts";
import { type CommonConfig, flag } from "../scheduler_config.ts";

/** Adams–Bashforth weights of this prediction and the kept ones, newest first. */
const WEIGHTS = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]] as const;

/**
 * Pseudo linear multistep (Liu et al. 2022), diffusers' PNDMScheduler with `skip_prk_steps`: the first step is evaluated
 * at its end, too, and done again with the mean of both predictions.
 */
export const pndm = defineScheduler({
  className: "PNDMScheduler",
  defaults: { timestep_spacing: "leading" },
  fields: { set_alpha_to_one: flag(false), skip_prk_steps: flag(false) },
  plan(config, { noise, steps, firstStep }) {
    if (!config.skip_prk_steps) {
      throw new RangeError(
        "skip_prk_steps of the scheduler's config is false, its default; it must be true, " +
          "for Runge-Kutta steps need predictions from twelve evaluations ago",
      );
    }
    const stride = Math.floor(config.num_train_timesteps / steps);
    const finalAlpha = config.set_alpha_to_one ? 1 : noise.alphaCumprod(0);
    const transferTo = (timestep: number, next: number) =>
      transfer(noise, timestep, next >= 0 ? noise.alphaCumprod(next) : finalAlpha, config);
    const once = wholeTimesteps(config, steps);
    // As in diffusers the doubled timestep is cut off with the steps before `firstStep`, although it is not made up for.
    const visited = [once[0]!, ...once.slice(1, 2), ...once.slice(1)].slice(firstStep);
    const first = transferTo(visited[0]!, visited[0]! - stride);

    const rows = visited.map((timestep, i) => {
      const level = noise.level(timestep);
      const evaluated = {
        timestep,
        inputScale: 1,
        level,
        x0: { ...estimatesOf(config.prediction_type, level).x0, clip: Infinity },
      };
      if (i === 1) {
        // x is what the first row made of the start; taken back, and moved again with the mean of both predictions.
        const again = transferTo(timestep + stride, timestep);
        const back = again.x / first.x;
        const history = [again.predicted / 2 - back * first.predicted];
        return { ...evaluated, next: { x: back, predicted: again.predicted / 2, x0: 0, history, noise: 0 } };
      }
      const { x, predicted } = transferTo(timestep, timestep - stride);
      const [now, ...before] = WEIGHTS[Math.min(Math.max(i - 1, 0), WEIGHTS.length - 1)]!.map((w) => w * predicted);
      return {
        ...evaluated,
        next: { x, predicted: now!, x0: 0, history: before, noise: 0 },
        keep: { x: 0, predicted: 1, x0: 0 },
      };
    });
    return { initialNoise: 1, steps: rows };
  },
});

/** Equation 11: where x goes at the next ᾱ when `predicted`, read at this timestep, tells the noise. */
function transfer(
  noise: NoiseSchedule,
  timestep: number,
  nextAlpha: number,
  { prediction_type }: Pick<CommonConfig, "prediction_type">,
): Combination {
  const alpha = noise.alphaCumprod(timestep);
  const { epsilon } = estimatesOf(prediction_type, noise.level(timestep));
  const divisor = alpha * Math.sqrt(1 - nextAlpha) + Math.sqrt(alpha * (1 - alpha) * nextAlpha);
  const weight = -(nextAlpha - alpha) / divisor;
  return { x: Math.sqrt(nextAlpha / alpha) + weight * epsilon.x, predicted: weight * epsilon.predicted };
}
