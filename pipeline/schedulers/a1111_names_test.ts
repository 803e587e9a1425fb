import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { findSampler, samplerLabel } from "./a1111_names.ts";
import { findScheduler, type SchedulerName, SCHEDULERS } from "./mod.ts";

describe("samplerLabel", () => {
  for (const name of Object.keys(SCHEDULERS) as SchedulerName[]) {
    it(`gives ${name} a name that is found again`, () => {
      const { sampler, schedule } = samplerLabel(name);
      expect(findSampler(sampler, schedule)).toBe(name);
      expect(findScheduler([sampler, schedule].join(" "))).toBe(name);
    });
  }

  it("spells as AUTOMATIC1111 does (modules/sd_samplers_kdiffusion.py, sd_schedulers.py)", () => {
    expect(samplerLabel("euler_ancestral")).toEqual({ sampler: "Euler a" });
    expect(samplerLabel("dpmpp_2m_karras")).toEqual({ sampler: "DPM++ 2M", schedule: "Karras" });
    expect(samplerLabel("dpmpp_2m_sde_sgm_uniform")).toEqual({ sampler: "DPM++ 2M SDE", schedule: "SGM Uniform" });
    expect(samplerLabel("dpmpp_2m_sde_heun_karras")).toEqual({ sampler: "DPM++ 2M SDE Heun", schedule: "Karras" });
    expect(samplerLabel("dpm2_ancestral_karras")).toEqual({ sampler: "DPM2 a", schedule: "Karras" });
    expect(samplerLabel("unipc")).toEqual({ sampler: "UniPC" });
  });
});

describe("findSampler", () => {
  const names: readonly (readonly [string, string | undefined, SchedulerName | undefined])[] = [
    ["Euler", "Karras", "euler_karras"],
    ["Euler", "automatic", "euler"],
    ["Euler", undefined, "euler"],
    ["euler a", "Automatic", "euler_ancestral"],
    ["DPM++ 2M Karras", undefined, "dpmpp_2m_karras"],
    ["DPM++ 2M", "sgm_uniform", "dpmpp_2m_sgm_uniform"],
    ["LMS", "Uniform", "lms_normal"],
    ["DPM2 a", "Karras", "dpm2_ancestral_karras"],
    ["DPM++ 2S", "SGM Uniform", undefined],
    ["Euler a", "Karras", undefined],
    ["Euler", "Align Your Steps", undefined],
    ["Restart", undefined, undefined],
  ];
  for (const [sampler, schedule, own] of names) {
    it(`${sampler} with ${schedule} is ${own}`, () => expect(findSampler(sampler, schedule)).toBe(own));
  }
});
