import { levelAt, solverPath } from "../../noise/solver_path.ts";
import { solverRow } from "../../noise/solver_row.ts";
import { defineScheduler } from "../../scheduler.ts";
import { flag, oneOf, only } from "../../scheduler_config.ts";
import { dpmFields, integrandOf, partsOf } from "./dpm_solver.ts";

/**
 * DPM-Solver and DPM-Solver++ multistep of order 1 to 3, as ODE or SDE (Lu et al. 2022, algorithm 2 and appendix),
 * diffusers' DPMSolverMultistepScheduler: with λ = −ln σ, x0(λ) or ε(λ) is a polynomial through the last estimates.
 */
export const dpmMultistep = defineScheduler({
  className: "DPMSolverMultistepScheduler",
  defaults: { timestep_spacing: "linspace" },
  fields: {
    ...dpmFields,
    // As in diffusers, that of DEIS stands for dpmsolver++.
    algorithm_type: oneOf("dpmsolver++", "sde-dpmsolver++", "dpmsolver", "sde-dpmsolver", "deis"),
    euler_at_final: flag(false),
    use_lu_lambdas: only(false),
  },
  plan(config, run) {
    const rounded = config.beta_schedule !== "squaredcos_cap_v2";
    const { timesteps, sigmas } = solverPath(config, run, { rounded, ownEnd: false });
    const { steps, firstStep } = run;
    const few = config.lower_order_final && steps < 15;
    const integrand = integrandOf(config);
    const sde = config.algorithm_type.startsWith("sde");
    if (sde && integrand === "epsilon" && config.solver_order === 3) {
      throw new RangeError(
        `solver_order of the scheduler's config is 3; with algorithm_type "sde-dpmsolver" it must be 1 or 2`,
      );
    }

    const rows = timesteps.slice(firstStep).map((timestep, warm) => {
      const i = firstStep + warm;
      const final = i === steps - 1 && (few || config.euler_at_final || config.final_sigmas_type === "zero");
      const order = final ? 1 : Math.min(config.solver_order, warm + 1, i === steps - 2 && few ? 2 : 3);
      const visited = sigmas.slice(i + 1 - order, i + 2).reverse();
      const [level, next] = [levelAt(visited[1]!), levelAt(visited[0]!)];
      const [from, to] = [partsOf(integrand, level), partsOf(integrand, next)];
      const way = Math.log(visited[1]! / visited[0]!) * (integrand === "x0" ? 1 : -1);
      const noisy = sde && integrand === "x0";
      const weights = estimateWeights(visited, noisy ? 2 * way : way, noisy, config.solver_type);
      return solverRow(config.prediction_type, integrand, timestep, level, {
        x: to.x / from.x * (noisy ? Math.exp(-way) : 1),
        weights: weights.map((w) => to.weight * w * (sde && !noisy ? 2 : 1)),
        noise: sde ? next.noise * Math.sqrt(Math.abs(Math.expm1(-2 * way))) : 0,
      });
    });
    return { initialNoise: 1, steps: rows };
  },
});

/**
 * Weights of the estimates, newest first, up to the factor √ᾱ of x0 or √(1 − ᾱ) of ε.
 *
 * @param sigmas σ after the step, before it, and of as many steps earlier as the order has beyond 1
 * @param step the difference of λ, negative for ε, twice that for the SDE of x0
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
