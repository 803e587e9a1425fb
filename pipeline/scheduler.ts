/**
 * What a scheduler is: a pure function from a noise schedule and a number of steps to a table of numbers.
 *
 * @module
 */
import type { Step } from "../runtime/device.ts";

/** The plan of one run: how noisy the start is, and every step. */
export interface Plan {
  /** Standard deviation of the start latents (1 for variance-preserving schedulers). */
  readonly initialNoise: number;
  /** The steps in order. */
  readonly steps: readonly Step[];
}
