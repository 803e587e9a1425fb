import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import reference from "../../tests/reference/schedulers.json" with { type: "json" };
import { commonFields, readFields } from "../scheduler_config.ts";
import { NoiseSchedule } from "./schedule.ts";

const fields = commonFields({ timestep_spacing: "leading" });

describe("NoiseSchedule", () => {
  for (const { config, values } of reference.alphasCumprod) {
    it(`has diffusers' ᾱ for ${JSON.stringify(config)}`, () => {
      const noise = new NoiseSchedule(readFields(config, fields));
      for (const [timestep, expected] of Object.entries(values)) {
        expect(Math.abs(noise.alphaCumprod(Number(timestep)) - expected)).toBeLessThanOrEqual(2e-5 * expected);
      }
    });
  }

  it("has signal² + noise² = 1 at every level", () => {
    const { signal, noise } = new NoiseSchedule(readFields({}, fields)).level(500);
    expect(signal ** 2 + noise ** 2).toBeCloseTo(1, 12);
  });

  it("keeps σ finite at zero terminal SNR", () => {
    const noise = new NoiseSchedule(readFields({ rescale_betas_zero_snr: true }, fields));
    expect(noise.level(999)).toEqual({ signal: 0, noise: 1 });
    expect(noise.sigmas[999]).toBeCloseTo(4096, 2);
  });

  it("refuses a timestep that training did not have", () => {
    const noise = new NoiseSchedule(readFields({}, fields));
    expect(() => noise.alphaCumprod(1000)).toThrow("Timestep 1000 is not in 0 … 999");
  });

  it("refuses trained betas of another number", () => {
    const config = readFields({ trained_betas: [0.1, 0.2], num_train_timesteps: 3 }, fields);
    expect(() => new NoiseSchedule(config)).toThrow("trained_betas has 2 numbers; it must have 3");
  });
});
