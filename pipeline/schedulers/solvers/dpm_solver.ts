/**
 * What the multistep and the singlestep DPM-Solver share.
 *
 * @module
 */
import type { Level } from "../../noise/schedule.ts";
import { solverFields } from "../../noise/solver_path.ts";
import type { Integrand } from "../../noise/solver_row.ts";
import { type Fields, oneOf, only, whole } from "../../scheduler_config.ts";

/** Fields of both. */
export const dpmFields = {
  ...solverFields,
  solver_order: whole(2, 1, 3),
  // As in diffusers, the types of DEIS and UniPC stand for midpoint.
  solver_type: oneOf("midpoint", "heun", "logrho", "bh1", "bh2"),
  lambda_min_clipped: only(-Infinity),
} satisfies Fields;

/**
 * What an algorithm integrates: estimates of x0 (DPM-Solver++, Lu et al. 2022b) or of ε (DPM-Solver, Lu et al. 2022a).
 *
 * @throws {RangeError} if it would divide by the last σ, 0
 */
export function integrandOf(
  { algorithm_type, final_sigmas_type }: { readonly algorithm_type: string; readonly final_sigmas_type: string },
): Integrand {
  if (!algorithm_type.endsWith("dpmsolver")) return "x0";
  if (final_sigmas_type === "sigma_min") return "epsilon";
  throw new RangeError(
    `final_sigmas_type of the scheduler's config is ${JSON.stringify(final_sigmas_type)}; ` +
      `with algorithm_type ${JSON.stringify(algorithm_type)} it must be "sigma_min"`,
  );
}

/** The part of a level that weighs the estimates, and the part that x is proportional to without them. */
export function partsOf(
  integrand: Integrand,
  { signal, noise }: Level,
): { readonly weight: number; readonly x: number } {
  return integrand === "x0" ? { weight: signal, x: noise } : { weight: noise, x: signal };
}
