import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import type { Step } from "../../runtime/device.ts";
import reference from "../../tests/reference/schedulers.json" with { type: "json" };
import { TorchGenerator } from "../random.ts";
import { planFor } from "./mod.ts";

/** Of the largest latent after the same step. */
const TOLERANCE = 1e-4;
/** The clean latents that image-to-image starts from in the reference. */
const CLEAN = 0.25;

/** The denoiser of the reference. */
function denoise(x: readonly number[], timestep: number): number[] {
  return x.map((value) => 0.7 * Math.sin(3 * value + timestep / 400));
}

/** `Device.step` on plain numbers. */
function advance(step: Step, x: readonly number[], history: number[][], draw: () => ArrayLike<number>): number[] {
  const predicted = denoise(x.map((value) => value * step.inputScale), step.timestep);
  const fresh = step.next.noise === 0 ? [] : draw();
  const estimate = x.map((value, i) =>
    Math.min(Math.max(step.x0.x * value + step.x0.predicted * predicted[i]!, -step.x0.clip), step.x0.clip)
  );
  const combine = (weights: { x: number; predicted: number; x0: number }, i: number) =>
    weights.x * x[i]! + weights.predicted * predicted[i]! + weights.x0 * estimate[i]!;
  const next = x.map((_, i) =>
    step.next.history.reduce((sum, weight, k) => sum + weight * history[k]![i]!, combine(step.next, i)) +
    (step.next.noise === 0 ? 0 : step.next.noise * fresh[i]!)
  );
  if (step.keep) history.unshift(x.map((_, i) => combine(step.keep!, i)));
  return next;
}

type Trajectory = (typeof reference.trajectories)[number] & { readonly eta?: number; readonly firstStep?: number };

/** The largest difference from the reference, relative to its largest latent after the same step. */
function worst({ className, config, steps, eta = 0, firstStep = 0, timesteps, latents }: Trajectory): number {
  const plan = planFor(className, config, steps, { eta, firstStep });
  const generator = new TorchGenerator(reference.seed);
  const draw = () => generator.normals(reference.elements);
  expect(plan.steps.length).toBe(timesteps.length);
  const { signal, noise } = plan.steps[0]!.level;
  let x = [...draw()].map((z) => firstStep > 0 ? signal * CLEAN + noise * z : plan.initialNoise * z);
  const history: number[][] = [];
  const expected = new Map(Object.entries(latents).map(([index, values]) => [Number(index), values as number[]]));
  let difference = 0;
  for (const [index, step] of plan.steps.entries()) {
    expect(Math.abs(step.timestep - timesteps[index]!)).toBeLessThan(1e-3);
    x = advance(step, x, history, draw);
    const values = expected.get(index) ?? [];
    const largest = Math.max(...values.map(Math.abs));
    for (const [i, value] of values.entries()) difference = Math.max(difference, Math.abs(x[i]! - value) / largest);
  }
  return difference;
}

const byClass = Map.groupBy(reference.trajectories as readonly Trajectory[], ({ className }) => className);
for (const [className, trajectories] of byClass) {
  describe(`${className} gives the latents of diffusers ${reference.diffusers}`, () => {
    for (const trajectory of trajectories) {
      const { config, steps, eta, firstStep } = trajectory;
      it(JSON.stringify({ steps, eta, firstStep, ...config }), () => expect(worst(trajectory)).toBeLessThan(TOLERANCE));
    }
  });
}
