import { estimatesOf } from "../noise/prediction.ts";
import { levelAt, solverFields, solverPath } from "../noise/solver_path.ts";
import { defineScheduler } from "../scheduler.ts";
import { flag, oneOf, only, whole } from "../scheduler_config.ts";

/**
 * DPM-Solver++ multistep of order 1 to 3, as ODE or SDE (Lu et al. 2022, algorithm 2 and appendix), diffusers'
 * DPMSolverMultistepScheduler: with λ = −ln σ, x0(λ) is a polynomial through the last estimates.
 */
export const dpmpp2m = defineScheduler({
  className: "DPMSolverMultistepScheduler",
  defaults: { timestep_spacing: "linspace" },
  fields: {
    ...solverFields,
    solver_order: whole(2, 1, 3),
    algorithm_type: oneOf("dpmsolver++", "sde-dpmsolver++"),
    // As in diffusers, the types of DEIS and UniPC stand for midpoint.
    solver_type: oneOf("midpoint", "heun", "logrho", "bh1", "bh2"),
    euler_at_final: flag(false),
    use_lu_lambdas: only(false),
    lambda_min_clipped: only(-Infinity),
  },
  plan(config, run) {
    const rounded = config.beta_schedule !== "squaredcos_cap_v2";
    const { timesteps, sigmas } = solverPath(config, run, { rounded, ownEnd: false });
    const { steps, firstStep } = run;
    const few = config.lower_order_final && steps < 15;
    const sde = config.algorithm_type === "sde-dpmsolver++";

    const rows = timesteps.slice(firstStep).map((timestep, warm) => {
      const i = firstStep + warm;
      const final = i === steps - 1 && (few || config.euler_at_final || config.final_sigmas_type === "zero");
      const order = final ? 1 : Math.min(config.solver_order, warm + 1, i === steps - 2 && few ? 2 : 3);
      const visited = sigmas.slice(i + 1 - order, i + 2).reverse();
      const step = Math.log(visited[1]! / visited[0]!) * (sde ? 2 : 1);
      const [level, next] = [levelAt(visited[1]!), levelAt(visited[0]!)];
      const [now = 0, ...before] = estimateWeights(visited, step, sde, config.solver_type).map((w) => next.signal * w);
      return {
        timestep,
        inputScale: 1,
        level,
        x0: { ...estimatesOf(config.prediction_type, level).x0, clip: Infinity },
        next: {
          x: next.noise / level.noise * (sde ? Math.exp(-step / 2) : 1),
          predicted: 0,
          x0: now,
          history: before,
          noise: sde ? next.noise * Math.sqrt(-Math.expm1(-step)) : 0,
        },
        keep: { x: 0, predicted: 0, x0: 1 },
      };
    });
    return { initialNoise: 1, steps: rows };
  },
});

/**
 * Weights of the estimates of x0, newest first, up to the factor √ᾱ.
 *
 * @param sigmas σ after the step, before it, and of as many steps earlier as the order has beyond 1
 * @param step the difference of λ, twice that for the SDE
 */
function estimateWeights(sigmas: readonly number[], step: number, sde: boolean, type: string): number[] {
  const phi1 = Math.expm1(-step);
  const order = sigmas.length - 1;
  if (order === 1) return [-phi1];
  const [r0, r1] = [1, 2].map((k) => Math.log(sigmas[k + 1]! / sigmas[k]!) / Math.log(sigmas[1]! / sigmas[0]!));
  const phi2 = phi1 / step + 1;
  if (order === 2) {
    const slope = (type === "heun" ? phi2 : -phi1 / 2) / r0!;
    return [-phi1 + slope, -slope];
  }
  // The sign of ½ for the SDE is that of diffusers.
  const phi3 = -(phi1 + step) / step ** 2 + (sde ? -0.5 : 0.5);
  const bend = (phi2 * r0! + phi3) / (r0! + r1!);
  const [newer, older] = [(phi2 + bend) / r0!, bend / r1!];
  return [-phi1 + newer, -newer - older, older];
}
