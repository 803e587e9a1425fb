import { type ConfigOf, type Fields, whole } from "../scheduler_config.ts";

/** Fields of schedulers for models that were distilled on some of the training timesteps. */
export const distilledFields = {
  original_inference_steps: whole(50, 1),
} satisfies Fields;

/**
 * Timesteps of LCM and TCD: evenly picked, noisiest first, from those that the model was distilled on.
 *
 * @throws {RangeError} if there are fewer of those than steps
 */
export function distilledTimesteps(
  { num_train_timesteps, original_inference_steps: distilled }:
    & ConfigOf<typeof distilledFields>
    & { readonly num_train_timesteps: number },
  steps: number,
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
  const stride = Math.floor(num_train_timesteps / distilled);
  return Array.from({ length: steps }, (_, i) => (distilled - Math.floor(i * (distilled / steps))) * stride - 1);
}
