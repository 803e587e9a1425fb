/**
 * What a scheduler is: a pure function from a noise schedule and a number of steps to a table of numbers.
 *
 * @module
 */
import type { Step } from "../runtime/device.ts";
import { NoiseSchedule } from "./noise/schedule.ts";
import {
  type CommonConfig,
  commonFields,
  type ConfigOf,
  type Defaults,
  type Fields,
  readFields,
} from "./scheduler_config.ts";

/** The plan of one run: how noisy the start is, and every step. */
export interface Plan {
  /** Standard deviation of the start latents (1 for variance-preserving schedulers). */
  readonly initialNoise: number;
  /** The steps in order; a method that evaluates the denoiser twice a step has two rows for it. */
  readonly steps: readonly Step[];
}

/** What a run asks for beyond its number of steps. */
export interface PlanOptions {
  /** η of DDIM (Song et al. 2021, equation 16) or γ of TCD, 0 … 1; 0 for all other schedulers. */
  readonly eta: number;
  /** How many steps are left out at the noisy end, for image-to-image; the plan starts without history. 0 if absent. */
  readonly firstStep?: number;
  /**
   * Share of the noise that image-to-image starts with, 0 … 1, for models whose few steps are all done below it (LCM); other
   * schedulers leave steps out. Absent where all do.
   */
  readonly strength?: number;
}

/** A scheduler: an entry of the registry. */
export interface Scheduler {
  /** The class in diffusers whose numbers these are. */
  readonly className: string;
  /** Names of the fields of `scheduler_config.json` that it honours. */
  readonly fields: readonly string[];
  /**
   * Plans a run.
   *
   * @param config a model's `scheduler_config.json`
   * @param steps 1 … number of training timesteps
   * @throws {TypeError} or {RangeError} naming what is wrong or cannot be honoured
   */
  readonly plan: (config: Readonly<Record<string, unknown>>, steps: number, options: PlanOptions) => Plan;
}

/** What a scheduler's file writes. */
export interface SchedulerDefinition<F extends Fields> {
  readonly className: string;
  /** What its class in diffusers takes for fields that all schedulers have. */
  readonly defaults: Defaults;
  /** The fields it has beyond those. */
  readonly fields: F;
  /** Whether it makes use of eta. */
  readonly takesEta?: boolean;
  /** The table of a run. */
  readonly plan: (config: CommonConfig & ConfigOf<F>, run: Run) => Plan;
}

/** What rows are computed from, beside the config. */
export interface Run extends Required<Omit<PlanOptions, "strength">>, Pick<PlanOptions, "strength"> {
  readonly noise: NoiseSchedule;
  readonly steps: number;
}

/** Adds to a definition what all schedulers share: config and request are checked before, the numbers after. */
export function defineScheduler<F extends Fields>(
  { className, defaults, fields, takesEta = false, plan }: SchedulerDefinition<F>,
): Scheduler {
  const common = commonFields(defaults);
  return {
    className,
    fields: Object.keys({ ...common, ...fields }),
    plan(json, steps, { firstStep = 0, ...options }) {
      const { eta } = options;
      const config = { ...readFields(json, common), ...readFields(json, fields) };
      checkRange("steps", steps, 1, config.num_train_timesteps);
      checkRange("firstStep", firstStep, 0, steps - 1);
      if (!takesEta && eta !== 0) throw new RangeError(`eta is ${eta}, but ${className} has none; it must be 0`);
      if (!(eta >= 0 && eta <= 1)) throw new RangeError(`eta is ${eta}; it must be a number from 0 to 1`);
      const result = plan(config, { noise: new NoiseSchedule(config), steps, firstStep, ...options });
      checkFinite(result, steps);
      return result;
    },
  };
}

function checkRange(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`${name} is ${value}; it must be a whole number from ${min} to ${max}`);
}

/** Some configs divide by zero, such as noise prediction at zero terminal SNR: refused here, never a black image. */
function checkFinite({ steps }: Plan, count: number): void {
  for (const { timestep, x0, next, keep } of steps) {
    const numbers = [x0.x, x0.predicted, next.x, next.predicted, next.x0, next.noise, ...next.history];
    if ([...numbers, ...Object.values(keep ?? {})].every(Number.isFinite)) continue;
    throw new RangeError(
      `The scheduler's config has no finite step at timestep ${timestep} of ${count} steps; ` +
        "take another prediction_type, timestep_spacing or number of steps",
    );
  }
}
