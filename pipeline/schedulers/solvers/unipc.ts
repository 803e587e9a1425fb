import { lagrange } from "../../noise/lagrange.ts";
import { levelAt, solverFields, solverPath } from "../../noise/solver_path.ts";
import { solverRow } from "../../noise/solver_row.ts";
import { defineScheduler } from "../../scheduler.ts";
import { type Field, oneOf, only, whole } from "../../scheduler_config.ts";

const indices: Field<readonly number[]> = {
  otherwise: [],
  holds: (value) => Array.isArray(value) && value.every(Number.isInteger),
  wish: "a list of whole numbers",
};

/**
 * UniPC of order 1 to 3 (Zhao et al. 2023), diffusers' UniPCMultistepScheduler: a prediction of x is corrected once the
 * denoiser has seen it. Prediction and correction differ in the weights of the estimates of x0 alone, so that the
 * correction needs neither a row nor a tensor of its own.
 */
export const unipc = defineScheduler({
  className: "UniPCMultistepScheduler",
  defaults: { timestep_spacing: "linspace" },
  fields: {
    ...solverFields,
    solver_order: whole(2, 1, 3),
    // As in diffusers, the types of DPM-Solver and DEIS stand for bh2.
    solver_type: oneOf("bh2", "bh1", "midpoint", "heun", "logrho"),
    predict_x0: only(true),
    disable_corrector: indices,
  },
  plan(config, run) {
    const { timesteps, sigmas } = solverPath(config, run, { rounded: true, ownEnd: true });
    const { steps, firstStep } = run;
    const orderOf = (i: number) =>
      Math.min(config.solver_order, i - firstStep + 1, config.lower_order_final ? steps - i : Infinity);
    const weightsOf = (i: number, corrects: boolean) =>
      estimateWeights(sigmas.slice(i + 1 - orderOf(i), i + 2).reverse(), config.solver_type === "bh1", corrects);

    const rows = timesteps.slice(firstStep).map((timestep, warm) => {
      const i = firstStep + warm;
      const [level, next] = [levelAt(sigmas[i]!), levelAt(sigmas[i + 1]!)];
      const ratio = next.noise / level.noise;
      const corrects = warm > 0 && !config.disable_corrector.includes(i - 1);
      const made = corrects ? weightsOf(i - 1, false) : [];
      const correction = corrects ? weightsOf(i - 1, true).map((w, k) => level.signal * (w - made[k]!)) : [];
      const [, ...prediction] = weightsOf(i, false).map((w) => next.signal * w);
      const weights = Array.from(
        { length: Math.max(correction.length, prediction.length) },
        (_, k) => ratio * (correction[k] ?? 0) + (prediction[k] ?? 0),
      );
      return solverRow(config.prediction_type, "x0", timestep, level, { x: ratio, weights, noise: 0 });
    });
    return { initialNoise: 1, steps: rows };
  },
});

/**
 * Weights of the estimates of x0 after a step, before it and earlier, up to the factor √ᾱ; that after it counts in the
 * correction only (the paper's equations 3 and 8, B(h) as its variant says).
 *
 * @param sigmas σ after the step, before it, and of as many steps earlier as the order has beyond 1
 */
function estimateWeights(sigmas: readonly number[], linear: boolean, corrects: boolean): number[] {
  const order = sigmas.length - 1;
  const step = -Math.log(sigmas[1]! / sigmas[0]!);
  const phi1 = Math.expm1(step);
  const scale = linear ? step : phi1;
  const places = sigmas.map((sigma) => Math.log(sigmas[1]! / sigma) / -step);
  const used = [...corrects ? [0] : [], ...places.keys().drop(2)];
  const nodes = used.map((k) => places[k]!);
  const wanted = moments(step, phi1, used.length);
  const rho = nodes.length === 1
    ? [0.5]
    : nodes.map((_, k) => lagrange(nodes, k).reduce((sum, c, power) => sum + c * wanted[power]! / scale, 0));
  const weights = Array<number>(order + 1).fill(0);
  used.forEach((k, index) => weights[k] = -scale * rho[index]! / nodes[index]!);
  weights[1] = -phi1 - weights.reduce((sum, weight) => sum + weight, 0);
  return weights;
}

/** n! · φ_n+1(h) · h of the exponential integrator for n = 1 … count. */
function moments(step: number, phi1: number, count: number): number[] {
  let phi = phi1 / step - 1;
  let factorial = 1;
  return Array.from({ length: count }, (_, i) => {
    const moment = phi * factorial;
    factorial *= i + 2;
    phi = phi / step - 1 / factorial;
    return moment;
  });
}
