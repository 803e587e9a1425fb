import { evaluation, initialSigma, sigmaPath } from "../noise/sigma_space.ts";
import { curveFields } from "../noise/sigmas.ts";
import { defineScheduler } from "../scheduler.ts";

/** Slopes that are used, this step's included. */
const ORDER = 4;

/** Linear multistep (Adams–Bashforth on uneven σ; k-diffusion), diffusers' LMSDiscreteScheduler of order 4. */
export const lms = defineScheduler({
  className: "LMSDiscreteScheduler",
  defaults: { timestep_spacing: "linspace" },
  fields: curveFields,
  plan(config, run) {
    const path = sigmaPath(config, run);
    const rows = path.timesteps.slice(run.firstStep).map((timestep, warm) => {
      const i = run.firstStep + warm;
      const sigma = path.sigmas[i]!;
      // The order counts from the first step of all: started later, diffusers leaves out what is not there yet.
      const [weight = 0, ...older] = slopeWeights(path.sigmas, i, Math.min(i + 1, ORDER)).slice(0, warm + 1);
      return {
        ...evaluation(config.prediction_type, timestep, sigma),
        next: { x: 1 + weight / sigma, predicted: 0, x0: -weight / sigma, history: older, noise: 0 },
        keep: { x: 1 / sigma, predicted: 0, x0: -1 / sigma },
      };
    });
    return { initialNoise: initialSigma(config, path), steps: rows };
  },
});

/** ∫ over [σ_i, σ_i+1] of each Lagrange polynomial through σ_i, σ_i−1, …; exact, by Gauss's rule with two points. */
function slopeWeights(sigmas: readonly number[], i: number, order: number): number[] {
  const nodes = Array.from({ length: order }, (_, k) => sigmas[i - k]!);
  const [from, to] = [sigmas[i]!, sigmas[i + 1]!];
  const points = [-1, 1].map((side) => (from + to) / 2 + side * (to - from) / 2 / Math.sqrt(3));
  return nodes.map((node, k) => {
    const lagrange = (tau: number) =>
      nodes.reduce((product, other, j) => j === k ? product : product * (tau - other) / (node - other), 1);
    return (to - from) / 2 * (lagrange(points[0]!) + lagrange(points[1]!));
  });
}
