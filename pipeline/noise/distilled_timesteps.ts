import { type ConfigOf, type Fields, whole } from "../scheduler_config.ts";

/** Fields of schedulers for models that were distilled on some of the training timesteps. */
export const distilledFields = {
  original_inference_steps: whole(50, 1),
} satisfies Fields;

/**
 * Timesteps of LCM and TCD: evenly picked, noisiest first, from those that the model was distilled on.
 *
 * @param strength which share of those, from the cleanest, is picked from
 * @throws {RangeError} if there are fewer of those than steps
 */
export function distilledTimesteps(
  { num_train_timesteps, original_inference_steps: distilled }:
    & ConfigOf<typeof distilledFields>
    & { readonly num_train_timesteps: number },
  steps: number,
  strength = 1,
): number[] {
  if (distilled > num_train_timesteps) {
    throw new RangeError(
      `original_inference_steps of the scheduler's config is ${distilled}; ` +
        `it must be at most num_train_timesteps, ${num_train_timesteps}`,
    );
  }
  if (steps > distilled) {
    throw new RangeError(`steps is ${steps}; it must be at most original_inference_steps, ${distilled}`);
  }
  const walked = Math.floor(distilled * strength);
  if (steps > walked) {
    throw new RangeError(`strength is ${strength}; with ${steps} steps it must be at least ${steps / distilled}`);
  }
  const stride = Math.floor(num_train_timesteps / distilled);
  return Array.from({ length: steps }, (_, i) => (walked - Math.floor(i * (walked / steps))) * stride - 1);
}
