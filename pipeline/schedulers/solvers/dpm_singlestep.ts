import { levelAt, solverPath } from "../../noise/solver_path.ts";
import { solverRow } from "../../noise/solver_row.ts";
import { defineScheduler } from "../../scheduler.ts";
import { flag, oneOf } from "../../scheduler_config.ts";
import { dpmFields, integrandOf, partsOf } from "./dpm_solver.ts";

/**
 * DPM-Solver and DPM-Solver++ singlestep of order 1 to 3 (Lu et al. 2022), diffusers' DPMSolverSinglestepScheduler: in a
 * block of as many steps as the order each leads from the block's beginning. x holds what the step before made of that
 * beginning, so its weights are taken back, and neither the beginning nor a row more is needed.
 */
export const dpmSinglestep = defineScheduler({
  className: "DPMSolverSinglestepScheduler",
  defaults: { timestep_spacing: "linspace" },
  fields: {
    ...dpmFields,
    // As in diffusers, that of DEIS stands for dpmsolver++. An SDE's noise could not be taken back.
    algorithm_type: oneOf("dpmsolver++", "dpmsolver", "deis"),
    lower_order_final: flag(false),
  },
  plan(config, run) {
    const { steps, firstStep } = run;
    // Its class knows no other spacing, whatever a config of another class says.
    const spaced = { ...config, timestep_spacing: "linspace" as const, steps_offset: 0 };
    const { timesteps, sigmas } = solverPath(spaced, run, { rounded: true, ownEnd: false });
    const integrand = integrandOf(config);
    const orders = ordersOf(config, steps);
    const weightsAt = (i: number, order: number) => {
      const visited = sigmas.slice(i + 1 - order, i + 2).reverse();
      const step = Math.log(visited.at(-1)! / visited[0]!) * (integrand === "x0" ? 1 : -1);
      return estimateWeights(visited, step, config.solver_type === "heun");
    };

    const rows = timesteps.slice(firstStep).map((timestep, warm) => {
      const i = firstStep + warm;
      const order = Math.min(orders[i]!, warm + 1);
      const [level, next] = [levelAt(sigmas[i]!), levelAt(sigmas[i + 1]!)];
      const [from, to] = [partsOf(integrand, level), partsOf(integrand, next)];
      const x = to.x / from.x;
      const back = order > 1 ? [0, ...weightsAt(i - 1, order - 1)] : [0];
      const weights = weightsAt(i, order).map((w, k) => to.weight * w - x * from.weight * back[k]!);
      return solverRow(config.prediction_type, integrand, timestep, level, { x, weights, noise: 0 });
    });
    return { initialNoise: 1, steps: rows };
  },
});

/** The order of every step: blocks that count up to `solver_order`, and a last step of lower order where it is needed. */
function ordersOf(
  { solver_order: order, lower_order_final, final_sigmas_type }: {
    readonly solver_order: number;
    readonly lower_order_final: boolean;
    readonly final_sigmas_type: string;
  },
  steps: number,
): number[] {
  const zero = final_sigmas_type === "zero";
  const orders = Array.from({ length: steps }, (_, i) => i % order + 1);
  if (lower_order_final || zero || steps % order !== 0) orders[steps - 1] = steps % order === 2 && !zero ? 2 : 1;
  return orders;
}

/**
 * Weights of the estimates of a block, newest first, up to the factor √ᾱ of x0 or √(1 − ᾱ) of ε.
 *
 * @param sigmas σ after the step, before it, and of the block's earlier steps
 * @param step the difference of λ from the block's beginning on, negative for ε
 */
function estimateWeights(sigmas: readonly number[], step: number, heun: boolean): number[] {
  const phi1 = Math.expm1(-step);
  const order = sigmas.length - 1;
  if (order === 1) return [-phi1];
  const first = sigmas.at(-1)!;
  const [r0, r1] = [1, 2].map((k) => Math.log(first / sigmas[k]!) / Math.log(first / sigmas[0]!));
  const phi2 = phi1 / step + 1;
  if (order === 2) {
    const slope = (heun ? phi2 : -phi1 / 2) / r0!;
    return [slope, -phi1 - slope];
  }
  if (!heun) return [phi2 / r0!, 0, -phi1 - phi2 / r0!];
  const phi3 = (phi1 + step) / step ** 2 - 0.5;
  const newer = -(phi2 * r1! + 2 * phi3) / (r0! - r1!) / r0!;
  const older = (phi2 * r0! + 2 * phi3) / (r0! - r1!) / r1!;
  return [newer, older, -phi1 - newer - older];
}
