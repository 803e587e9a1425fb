/**
 * What AUTOMATIC1111 calls our schedulers: a sampler and, apart from it, how the noise falls.
 *
 * @module
 */
import { findScheduler, type SchedulerName } from "./mod.ts";

/** Samplers by our names, without the suffixes that fix how the noise falls. */
export const SAMPLER_LABELS = {
  ddim: "DDIM",
  ddpm: "DDPM",
  pndm: "PNDM",
  plms: "PLMS",
  euler: "Euler",
  euler_ancestral: "Euler a",
  heun: "Heun",
  dpm2: "DPM2",
  dpm2_ancestral: "DPM2 a",
  lms: "LMS",
  dpmpp_2m: "DPM++ 2M",
  dpmpp_2m_sde: "DPM++ 2M SDE",
  dpmpp_2m_sde_heun: "DPM++ 2M SDE Heun",
  dpmpp_2s: "DPM++ 2S",
  deis: "DEIS",
  unipc: "UniPC",
  lcm: "LCM",
  tcd: "TCD",
} as const satisfies Partial<Record<SchedulerName, string>>;

/** Schedule types by the suffixes of our names. */
export const SCHEDULE_LABELS = {
  normal: "Normal",
  karras: "Karras",
  exponential: "Exponential",
  beta: "Beta",
  sgm_uniform: "SGM Uniform",
} as const;

/** A scheduler in AUTOMATIC1111's words. */
export interface SamplerLabel {
  /** Such as `Euler a`. */
  readonly sampler: string;
  /** Such as `Karras`; absent where the model's config decides. */
  readonly schedule?: string;
}

/** What AUTOMATIC1111 calls a scheduler of ours. */
export function samplerLabel(name: SchedulerName): SamplerLabel {
  for (const [own, sampler] of Object.entries(SAMPLER_LABELS)) {
    if (name === own) return { sampler };
    for (const [suffix, schedule] of Object.entries(SCHEDULE_LABELS)) {
      if (name === `${own}_${suffix}`) return { sampler, schedule };
    }
  }
  throw new RangeError(`Scheduler ${name} has no name of AUTOMATIC1111's; add it to SAMPLER_LABELS`);
}

/**
 * Our name of a sampler and a schedule type, in any case and spelling that AUTOMATIC1111 takes; undefined if there is no
 * such pair. `Automatic` leaves the schedule to the model's config; `Uniform` is what `Normal` is here.
 */
export function findSampler(sampler: string, schedule = "automatic"): SchedulerName | undefined {
  const curve = schedule.trim().toLowerCase();
  if (curve === "automatic" || curve === "") return findScheduler(sampler);
  return findScheduler(`${sampler} ${curve === "uniform" ? "normal" : curve === "sgmuniform" ? "sgm uniform" : curve}`);
}
