/**
 * Every scheduler by name.
 *
 * @module
 */
import type { Plan, PlanOptions, Scheduler } from "../scheduler.ts";
import { ddim } from "./ddim.ts";
import { ddpm } from "./ddpm.ts";
import { dpm2, dpm2Ancestral } from "./dpm2.ts";
import { euler } from "./euler.ts";
import { eulerAncestral } from "./euler_ancestral.ts";
import { heun } from "./heun.ts";
import { lcm } from "./lcm.ts";
import { lms } from "./lms.ts";
import { pndm } from "./pndm.ts";
import { deis } from "./solvers/deis.ts";
import { dpmMultistep } from "./solvers/dpm_multistep.ts";
import { dpmSinglestep } from "./solvers/dpm_singlestep.ts";
import { unipc } from "./solvers/unipc.ts";
import { tcd } from "./tcd.ts";

/** A scheduler some of whose fields are decided by its name, whatever the model's config says. */
const fixed = (scheduler: Scheduler, fields: Readonly<Record<string, unknown>>): Scheduler => ({
  ...scheduler,
  plan: (config, steps, options) => scheduler.plan({ ...config, ...fields }, steps, options),
});

const straight = { use_karras_sigmas: false, use_exponential_sigmas: false, use_beta_sigmas: false };
const CURVES = {
  normal: straight,
  karras: { ...straight, use_karras_sigmas: true },
  exponential: { ...straight, use_exponential_sigmas: true },
  beta: { ...straight, use_beta_sigmas: true },
};
const SPACED_CURVES = { ...CURVES, sgm_uniform: { ...straight, timestep_spacing: "trailing" } };

/** A scheduler, and variants of it that fix how σ falls; without a suffix the model's config decides. */
function withVariants<N extends string, C extends Readonly<Record<string, Readonly<Record<string, unknown>>>>>(
  name: N,
  scheduler: Scheduler,
  curves: C,
) {
  const variants = Object.entries(curves).map(([curve, fields]) => [`${name}_${curve}`, fixed(scheduler, fields)]);
  return { [name]: scheduler, ...Object.fromEntries(variants) } as {
    readonly [K in N | `${N}_${keyof C & string}`]: Scheduler;
  };
}

const withCurves = <N extends string>(name: N, scheduler: Scheduler) => withVariants(name, scheduler, SPACED_CURVES);

const sde = { algorithm_type: "sde-dpmsolver++" };

/** Every scheduler, by the name that requests use. */
export const SCHEDULERS = {
  ddim,
  ddpm,
  pndm,
  plms: fixed(pndm, { skip_prk_steps: true }),
  ...withCurves("euler", euler),
  euler_ancestral: eulerAncestral,
  ...withCurves("heun", heun),
  ...withCurves("dpm2", dpm2),
  ...withCurves("dpm2_ancestral", dpm2Ancestral),
  ...withCurves("lms", lms),
  ...withCurves("dpmpp_2m", dpmMultistep),
  ...withCurves("dpmpp_2m_sde", fixed(dpmMultistep, sde)),
  ...withCurves("dpmpp_2m_sde_heun", fixed(dpmMultistep, { ...sde, solver_order: 2, solver_type: "heun" })),
  ...withVariants("dpmpp_2s", dpmSinglestep, CURVES),
  ...withCurves("deis", deis),
  ...withCurves("unipc", unipc),
  lcm,
  tcd,
} as const satisfies Readonly<Record<string, Scheduler>>;

/** Name of a scheduler. */
export type SchedulerName = keyof typeof SCHEDULERS;

/** Fields of `scheduler_config.json` that only tell more about a feature, which is refused if it is asked for. */
const IDLE_FIELDS = [
  "dynamic_thresholding_ratio",
  "flow_shift",
  "sample_max_value",
  "time_shift_type",
  "use_dynamic_shifting",
];

/**
 * The own name of a scheduler, from that name, diffusers' class name (`DDIMScheduler`) or A1111's (`DPM++ 2M Karras`), in
 * any case; undefined if there is none.
 */
export function findScheduler(name: string): SchedulerName | undefined {
  const plain = name.trim().toLowerCase().replaceAll("++", "pp").replaceAll(/[\s-]+/g, "_");
  const full = plain.replace(/_a(?=_|$)/, "_ancestral");
  const names = Object.keys(SCHEDULERS) as SchedulerName[];
  return names.find((own) => own === full || SCHEDULERS[own].className.toLowerCase() === plain);
}

/**
 * Plans a run of a scheduler found by any of its names.
 *
 * A config may be that of another scheduler, as diffusers' `from_config` allows: what the named one does not know is not
 * used, what it needs beyond it has the default of its class.
 *
 * @param config a model's `scheduler_config.json`
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
    const known = Object.keys(SCHEDULERS).join(", ");
    throw new RangeError(`scheduler is ${JSON.stringify(name)}; it must be one of ${known}`);
  }
  const known = new Set([...Object.values(SCHEDULERS).flatMap(({ fields }) => fields), ...IDLE_FIELDS]);
  for (const [field, value] of Object.entries(config)) {
    if (field.startsWith("_") || value === null || known.has(field)) continue;
    throw new TypeError(`${field} of the scheduler's config is not known; remove it if it does not matter`);
  }
  return SCHEDULERS[own].plan(config, steps, options);
}
