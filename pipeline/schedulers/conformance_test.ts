import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import type { Step } from "../../runtime/device.ts";
import reference from "../../tests/reference/schedulers.json" with { type: "json" };
import { TorchGenerator } from "../random/random.ts";
import type { Plan } from "../scheduler.ts";
import { planFor } from "./mod.ts";

/** Of the largest latent after the same step. */
const TOLERANCE = 1e-5;
/** The clean latents that image-to-image starts from in the reference. */
const CLEAN = 0.25;

type Denoiser = (x: number, timestep: number) => number;

/** `Device.step` on plain numbers: the latents after each row of a plan. */
function* latentsOf(plan: Plan, start: readonly number[], denoise: Denoiser, draw: () => ArrayLike<number>) {
  const history: number[][] = [];
  let x = start;
  for (const step of plan.steps) {
    const predicted = x.map((value) => denoise(value * step.inputScale, step.timestep));
    const noise = step.next.noise === 0 ? undefined : draw();
    const x0 = x.map((value, i) => clamp(step.x0.x * value + step.x0.predicted * predicted[i]!, step.x0.clip));
    const combine = (weights: NonNullable<Step["keep"]>, i: number) =>
      weights.x * x[i]! + weights.predicted * predicted[i]! + weights.x0 * x0[i]!;
    const next = x.map((_, i) =>
      step.next.history.reduce((sum, weight, k) => sum + weight * history[k]![i]!, combine(step.next, i)) +
      (noise ? step.next.noise * noise[i]! : 0)
    );
    if (step.keep) history.unshift(x.map((_, i) => combine(step.keep!, i)));
    yield x = next;
  }
}

function clamp(value: number, limit: number): number {
  return Math.min(Math.max(value, -limit), limit);
}

type Trajectory = (typeof reference.trajectories)[number] & { readonly eta?: number; readonly firstStep?: number };

/** The largest difference from the reference, relative to its largest latent after the same step. */
function worst({ className, config, steps, eta = 0, firstStep = 0, timesteps, latents }: Trajectory): number {
  const plan = planFor(className, config, steps, { eta, firstStep });
  expect(plan.steps.length).toBe(timesteps.length);
  plan.steps.forEach(({ timestep }, i) => expect(Math.abs(timestep - timesteps[i]!)).toBeLessThan(1e-3));
  const generator = new TorchGenerator(reference.seed);
  const draw = () => generator.normals(reference.elements);
  const { signal, noise } = plan.steps[0]!.level;
  const start = [...draw()].map((z) => firstStep > 0 ? signal * CLEAN + noise * z : plan.initialNoise * z);
  const made = [...latentsOf(plan, start, (x, timestep) => 0.7 * Math.sin(3 * x + timestep / 400), draw)];
  const errors = Object.entries(latents).map(([index, expected]: [string, readonly number[]]) => {
    const largest = Math.max(...expected.map(Math.abs));
    return Math.max(...expected.map((value, i) => Math.abs(made[Number(index)]![i]! - value) / largest));
  });
  return Math.max(...errors);
}

for (const [className, trajectories] of Map.groupBy(reference.trajectories as Trajectory[], (of) => of.className)) {
  describe(`${className} gives the latents of diffusers ${reference.diffusers}`, () => {
    for (const trajectory of trajectories) {
      const { config, steps, eta, firstStep } = trajectory;
      it(JSON.stringify({ steps, eta, firstStep, ...config }), () => expect(worst(trajectory)).toBeLessThan(TOLERANCE));
    }
  });
}

const LINEAR = { beta_start: 0.0001, beta_end: 0.02, beta_schedule: "linear" };
const LONG = { ...LINEAR, num_train_timesteps: 1100 };
const SOLVER = { ...LINEAR, lower_order_final: false, final_sigmas_type: "sigma_min" };
const UNIPC = { ...LINEAR, final_sigmas_type: "sigma_min" };
const V = { prediction_type: "v_prediction" };
const KARRAS = { use_karras_sigmas: true };
/** Latents of the loops in diffusers' tests: 4 pictures of 3 · 8 · 8. */
const COUNT = 768;

type Pin = readonly [
  className: string,
  config: Record<string, unknown>,
  steps: number,
  pinned: { readonly sum: number } | { readonly mean: number },
  firstStep?: number,
];

/** Sum or mean of |x| after the last step, as pinned in tests/schedulers of diffusers. */
const PINNED: readonly Pin[] = [
  ["DDIMScheduler", LINEAR, 10, { sum: 172.0067 }],
  ["DDIMScheduler", { ...LINEAR, ...V }, 10, { sum: 52.5302 }],
  ["DDIMScheduler", { ...LINEAR, beta_start: 0.01, set_alpha_to_one: true }, 10, { sum: 149.8295 }],
  ["DDIMScheduler", { ...LINEAR, beta_start: 0.01, set_alpha_to_one: false }, 10, { sum: 149.0784 }],
  ["DDIMScheduler", LINEAR, 10, { sum: 354.5418 }, 8],
  ["DDPMScheduler", LINEAR, 1000, { sum: 258.9606 }],
  ["DDPMScheduler", { ...LINEAR, ...V }, 1000, { sum: 202.0296 }],
  ["DDPMScheduler", LINEAR, 1000, { sum: 387.9466 }, 998],
  ["EulerDiscreteScheduler", LONG, 10, { sum: 10.0807 }],
  ["EulerDiscreteScheduler", { ...LONG, ...KARRAS }, 10, { sum: 124.523 }],
  ["EulerAncestralDiscreteScheduler", LONG, 10, { sum: 152.3192 }],
  ["EulerAncestralDiscreteScheduler", { ...LONG, ...V }, 10, { sum: 108.4439 }],
  ["EulerAncestralDiscreteScheduler", LONG, 10, { sum: 56163.0508 }, 8],
  ["LMSDiscreteScheduler", LONG, 10, { sum: 1006.388 }],
  ["LMSDiscreteScheduler", { ...LONG, ...KARRAS }, 10, { sum: 3812.9927 }],
  ["KDPM2DiscreteScheduler", LONG, 10, { sum: 20.4125 }],
  ["KDPM2DiscreteScheduler", { ...LONG, ...V }, 10, { sum: 4.6934e-7 }],
  ["KDPM2DiscreteScheduler", LONG, 10, { sum: 70408.4062 }, 8],
  ["KDPM2AncestralDiscreteScheduler", LONG, 10, { sum: 13979.9433 }],
  ["KDPM2AncestralDiscreteScheduler", { ...LONG, ...V }, 10, { sum: 331.8133 }],
  ["KDPM2AncestralDiscreteScheduler", LONG, 10, { sum: 93087.3437 }, 8],
  ["DPMSolverMultistepScheduler", SOLVER, 10, { mean: 0.3301 }],
  ["DPMSolverMultistepScheduler", { ...SOLVER, ...V }, 10, { mean: 0.2251 }],
  ["DPMSolverSinglestepScheduler", SOLVER, 10, { mean: 0.2791 }],
  ["DPMSolverSinglestepScheduler", { ...SOLVER, ...V }, 10, { mean: 0.1453 }],
  ["DEISMultistepScheduler", LINEAR, 10, { mean: 0.23916 }],
  ["DEISMultistepScheduler", { ...LINEAR, ...V }, 10, { mean: 0.091 }],
  ["DEISMultistepScheduler", LINEAR, 10, { sum: 315.3016 }, 8],
  ["UniPCMultistepScheduler", UNIPC, 10, { mean: 0.2464 }],
  ["UniPCMultistepScheduler", { ...UNIPC, ...V }, 10, { mean: 0.1014 }],
  ["UniPCMultistepScheduler", { ...UNIPC, ...KARRAS }, 10, { mean: 0.2925 }],
  ["UniPCMultistepScheduler", UNIPC, 10, { sum: 315.5757 }, 8],
  ["LCMScheduler", {}, 1, { sum: 18.7097 }],
  ["LCMScheduler", {}, 10, { sum: 197.7616 }],
  ["TCDScheduler", {}, 1, { sum: 29.8715 }],
  ["TCDScheduler", {}, 10, { sum: 181.204 }],
];

/** Those loops step from the scaled input itself, not from x. */
function fromInput({ x0, next, keep, inputScale, ...step }: Step): Step {
  const scaled = <W extends { readonly x: number }>(weights: W): W => ({ ...weights, x: weights.x * inputScale });
  return { ...step, inputScale, x0: scaled(x0), next: scaled(next), ...(keep && { keep: scaled(keep) }) };
}

describe("The numbers that diffusers' tests pin", () => {
  for (const [name, config, steps, pinned, firstStep = 0] of PINNED) {
    it(`${name} ${JSON.stringify({ steps, firstStep, ...config })} gives ${JSON.stringify(pinned)}`, () => {
      const plan = planFor(name, config, steps, { eta: 0, firstStep });
      const { signal, noise } = plan.steps[0]!.level;
      const ramp = Array.from({ length: COUNT }, (_, i) => i % (COUNT / 4) * 4 + Math.floor(i / (COUNT / 4)));
      const start = ramp.map((i) => plan.initialNoise * i / COUNT);
      const noisy = start.map((z, k) => signal * z + noise * (1 - (ramp[k]! + 1) / COUNT));
      const generator = new TorchGenerator(0);
      const denoise: Denoiser = (x, timestep) => x * timestep / (timestep + 1);
      const draw = () => generator.normals(COUNT);
      const rows = { ...plan, steps: plan.steps.map(fromInput) };
      const last = [...latentsOf(rows, firstStep > 0 ? noisy : start, denoise, draw)].at(-1)!;
      const sum = last.reduce((total, value) => total + Math.abs(value), 0);
      const [value, expected] = "sum" in pinned ? [sum, pinned.sum] : [sum / COUNT, pinned.mean];
      expect(Math.abs(value - expected)).toBeLessThan(1e-4 * Math.max(expected, 1));
    });
  }
});
