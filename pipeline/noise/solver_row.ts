import type { Step } from "../../runtime/device.ts";
import type { PredictionType } from "../scheduler_config.ts";
import { estimatesOf } from "./prediction.ts";
import type { Level } from "./schedule.ts";

/** What a multistep solver is a polynomial of: estimates of the clean latents, or of the noise. */
export type Integrand = "x0" | "epsilon";

/** Where a row leads: x · this.x + Σ estimates[k] · this.weights[k] + z · this.noise. */
export interface Move {
  readonly x: number;
  /** Of this row's estimate and the kept ones, newest first. */
  readonly weights: readonly number[];
  readonly noise: number;
}

/** The row of a solver that moves by weights of its estimates and keeps each. */
export function solverRow(
  type: PredictionType,
  integrand: Integrand,
  timestep: number,
  level: Level,
  { x, weights: [now = 0, ...history], noise }: Move,
): Step {
  const { x0, epsilon } = estimatesOf(type, level);
  const evaluated = { timestep, inputScale: 1, level, x0: { ...x0, clip: Infinity } };
  if (integrand === "x0") {
    const next = { x, predicted: 0, x0: now, history, noise };
    return { ...evaluated, next, keep: { x: 0, predicted: 0, x0: 1 } };
  }
  const next = { x: x + now * epsilon.x, predicted: now * epsilon.predicted, x0: 0, history, noise };
  return { ...evaluated, next, keep: { ...epsilon, x0: 0 } };
}
