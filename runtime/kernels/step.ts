import type { StepRow } from "../device.ts";
import type { StepShape } from "./shapes.ts";

/** The numbers of one step, row-major; `StepInputs` after it was checked. */
export interface StepNumbers {
  readonly x: Float32Array;
  readonly predicted: Float32Array;
  readonly history: readonly Float32Array[];
  readonly noise: Float32Array | undefined;
}

/** `Device.step` in plain TypeScript: guidance, estimate of x0 and next latents of every element. */
export function step(
  rows: readonly StepRow[],
  { row, guided, keeps }: StepShape,
  { x, predicted, history, noise }: StepNumbers,
): { readonly x: Float32Array; readonly kept: Float32Array | undefined } {
  const next = new Float32Array(x.length);
  const kept = keeps ? new Float32Array(x.length) : undefined;
  rows.forEach(({ step, guidance }, b) => {
    const { x0, keep } = step;
    for (let i = b * row; i < (b + 1) * row; i++) {
      const latent = x[i]!;
      let p = predicted[i]!;
      if (guided) p += guidance * (predicted[i + x.length]! - p);
      const clean = clamp(x0.x * latent + x0.predicted * p, x0.clip);
      let sum = step.next.x * latent + step.next.predicted * p + step.next.x0 * clean;
      for (let k = 0; k < step.next.history.length; k++) sum += step.next.history[k]! * history[k]![i]!;
      if (noise && step.next.noise !== 0) sum += step.next.noise * noise[i]!;
      next[i] = sum;
      if (kept && keep) kept[i] = keep.x * latent + keep.predicted * p + keep.x0 * clean;
    }
  });
  return { x: next, kept };
}

function clamp(value: number, limit: number): number {
  return Math.min(Math.max(value, -limit), limit);
}
