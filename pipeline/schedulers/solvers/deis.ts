import { lagrange } from "../../noise/lagrange.ts";
import { curveFields } from "../../noise/sigmas.ts";
import { levelAt, solverPath } from "../../noise/solver_path.ts";
import { solverRow } from "../../noise/solver_row.ts";
import { defineScheduler } from "../../scheduler.ts";
import { flag, oneOf, only, whole } from "../../scheduler_config.ts";

/**
 * DEIS of order 1 to 3 (Zhang & Chen 2023, ρAB with logarithms), diffusers' DEISMultistepScheduler: ε(ln σ) is a
 * polynomial through the last estimates, integrated over σ.
 */
export const deis = defineScheduler({
  className: "DEISMultistepScheduler",
  defaults: { timestep_spacing: "linspace" },
  fields: {
    ...curveFields,
    solver_order: whole(2, 1, 3),
    lower_order_final: flag(true),
    use_flow_sigmas: only(false),
    // As in diffusers, the algorithms and types of DPM-Solver and UniPC stand for those of DEIS.
    algorithm_type: oneOf("deis", "dpmsolver", "dpmsolver++"),
    solver_type: oneOf("logrho", "midpoint", "heun", "bh1", "bh2"),
  },
  plan(config, run) {
    const { timesteps, sigmas } = solverPath(
      { ...config, final_sigmas_type: "sigma_min" },
      run,
      { rounded: true, ownEnd: true },
    );
    const { steps, firstStep } = run;
    const few = config.lower_order_final && steps < 15;
    const rows = timesteps.slice(firstStep).map((timestep, warm) => {
      const i = firstStep + warm;
      const order = Math.min(config.solver_order, warm + 1, few ? steps - i : Infinity);
      const [level, next] = [levelAt(sigmas[i]!), levelAt(sigmas[i + 1]!)];
      const weights = noiseWeights(sigmas.slice(i + 1 - order, i + 2).reverse());
      return solverRow(config.prediction_type, "epsilon", timestep, level, {
        x: next.signal / level.signal,
        weights: weights.map((w) => next.signal * w),
        noise: 0,
      });
    });
    return { initialNoise: 1, steps: rows };
  },
});

/**
 * ∫ over σ of each Lagrange polynomial through ln σ of the estimates, newest first.
 *
 * @param sigmas σ after the step, before it, and of as many steps earlier as the order has beyond 1
 */
function noiseWeights([after, before, ...earlier]: readonly number[]): number[] {
  const end = Math.log(after! / before!);
  const nodes = [0, ...earlier.map((sigma) => Math.log(sigma / before!))];
  // ∫ uⁿ eᵘ du from 0 to `end`, by parts.
  const moments = [Math.expm1(end)];
  for (let n = 1; n < nodes.length; n++) moments.push(end ** n * Math.exp(end) - n * moments[n - 1]!);
  return nodes.map((_, k) => before! * lagrange(nodes, k).reduce((sum, c, power) => sum + c * moments[power]!, 0));
}
