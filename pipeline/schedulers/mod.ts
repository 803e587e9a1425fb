/**
 * Every scheduler by name.
 *
 * @module
 */
import type { Plan, PlanOptions, Scheduler } from "../scheduler.ts";
import { ddim } from "./ddim.ts";

/** Every scheduler, by the name that requests use. */
export const SCHEDULERS = { ddim } as const satisfies Readonly<Record<string, Scheduler>>;

/** Name of a scheduler. */
export type SchedulerName = keyof typeof SCHEDULERS;

/**
 * The own name of a scheduler, from that name, diffusers' class name or A1111's name (`DPM++ 2M Karras`), in any case;
 * undefined if there is none.
 */
export function findScheduler(name: string): SchedulerName | undefined {
  const plain = name.trim().toLowerCase().replaceAll("++", "pp").replaceAll(/[\s-]+/g, "_");
  const names = Object.keys(SCHEDULERS) as SchedulerName[];
  return names.find((own) => own === plain || SCHEDULERS[own].className.toLowerCase() === plain);
}

/**
 * Plans a run of a scheduler found by any of its names.
 *
 * @param config a model's `scheduler_config.json`; fields that no scheduler knows are refused
 * @throws {RangeError} if there is no such scheduler; {TypeError} or {RangeError} naming what cannot be honoured
 */
export function planFor(
  name: string,
  config: Readonly<Record<string, unknown>>,
  steps: number,
  options: PlanOptions,
): Plan {
  const own = findScheduler(name);
  if (own === undefined) {
    throw new RangeError(
      `Scheduler ${JSON.stringify(name)} is not known; known are ${Object.keys(SCHEDULERS).join(", ")}`,
    );
  }
  return SCHEDULERS[own].plan(config, steps, options);
}
