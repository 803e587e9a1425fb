import type { PredictionType } from "../scheduler_config.ts";
import type { Level } from "./schedule.ts";

/** x · this.x + predicted · this.predicted. */
export interface Combination {
  readonly x: number;
  readonly predicted: number;
}

/** What a prediction says about the clean latents z and the noise ε in x = signal · z + noise · ε. */
export interface Estimates {
  readonly x0: Combination;
  readonly epsilon: Combination;
}

/**
 * Reads a prediction at a noise level: the noise, v = α ε − σ z (Salimans & Ho 2022), or the clean latents themselves.
 *
 * Works in either scaling of x: v is defined for x / √(signal² + noise²), which is x for variance-preserving levels.
 */
export function estimatesOf(type: PredictionType, { signal, noise }: Level): Estimates {
  switch (type) {
    case "epsilon":
      return { x0: { x: 1 / signal, predicted: -noise / signal }, epsilon: { x: 0, predicted: 1 } };
    case "sample":
      return { x0: { x: 0, predicted: 1 }, epsilon: { x: 1 / noise, predicted: -signal / noise } };
    case "v_prediction": {
      const scale = Math.hypot(signal, noise);
      return {
        x0: { x: signal / scale ** 2, predicted: -noise / scale },
        epsilon: { x: noise / scale ** 2, predicted: signal / scale },
      };
    }
  }
}
