import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { MAX_HISTORY } from "../../runtime/device.ts";
import { findScheduler, planFor, type SchedulerName, SCHEDULERS } from "./mod.ts";

const SD = { beta_schedule: "scaled_linear", beta_start: 0.00085, beta_end: 0.012 };
const plan = (config: Record<string, unknown>, name = "ddim", steps = 10, eta = 0) =>
  planFor(name, config, steps, { eta });

describe("findScheduler", () => {
  const names: readonly (readonly [string, SchedulerName | undefined])[] = [
    ["ddim", "ddim"],
    ["DDIMScheduler", "ddim"],
    ["DDIM", "ddim"],
    ["PNDMScheduler", "pndm"],
    ["PLMS", "plms"],
    ["Euler", "euler"],
    ["Euler a", "euler_ancestral"],
    ["EulerAncestralDiscreteScheduler", "euler_ancestral"],
    ["DPM++ 2M", "dpmpp_2m"],
    ["DPM++ 2M Karras", "dpmpp_2m_karras"],
    ["DPM++ 2M SDE Exponential", "dpmpp_2m_sde_exponential"],
    ["DPMSolverMultistepScheduler", "dpmpp_2m"],
    ["DPM++ 2M SDE Heun", "dpmpp_2m_sde_heun"],
    ["LMS Karras", "lms_karras"],
    ["DPM2", "dpm2"],
    ["DPM2 Karras", "dpm2_karras"],
    ["DPM2 a", "dpm2_ancestral"],
    ["DPM2 a Karras", "dpm2_ancestral_karras"],
    ["KDPM2DiscreteScheduler", "dpm2"],
    ["KDPM2AncestralDiscreteScheduler", "dpm2_ancestral"],
    ["DPMSolverSinglestepScheduler", "dpmpp_2s"],
    ["DEISMultistepScheduler", "deis"],
    ["UniPC", "unipc"],
    ["LCM", "lcm"],
    ["toString", undefined],
    ["", undefined],
  ];
  for (const [name, own] of names) {
    it(`${JSON.stringify(name)} is ${own}`, () => expect(findScheduler(name)).toBe(own));
  }
});

describe("planFor", () => {
  for (const name of Object.keys(SCHEDULERS)) {
    for (const steps of [1, 2, 20, 50]) {
      it(`${name} plans ${steps} steps that start without history and end without noise`, () => {
        const { steps: rows } = plan({ ...SD, skip_prk_steps: true }, name, steps);
        let kept = 0;
        for (const { next, keep } of rows) {
          expect(next.history.length).toBeLessThanOrEqual(Math.min(kept, MAX_HISTORY));
          if (keep) kept++;
        }
        expect(rows.at(-1)!.next.noise).toBe(0);
      });
    }
  }

  it("lets a name decide what the config says otherwise", () => {
    const config = { ...SD, use_exponential_sigmas: true };
    expect(plan(config, "euler_karras")).toEqual(plan({ ...SD, use_karras_sigmas: true }, "euler"));
    expect(plan(config, "euler_normal")).toEqual(plan(SD, "euler"));
    expect(plan(config, "euler_sgm_uniform")).toEqual(plan({ ...SD, timestep_spacing: "trailing" }, "euler"));
    const sde = { ...SD, algorithm_type: "sde-dpmsolver++" };
    expect(plan(SD, "dpmpp_2m_sde")).toEqual(plan(sde, "dpmpp_2m"));
    expect(plan(SD, "dpmpp_2m_sde_heun")).toEqual(plan({ ...sde, solver_type: "heun" }, "dpmpp_2m"));
  });

  it("takes another scheduler's config, with the defaults of its own class", () => {
    const pndm = {
      ...SD,
      _class_name: "PNDMScheduler",
      skip_prk_steps: true,
      set_alpha_to_one: false,
      trained_betas: null,
    };
    expect(plan(pndm, "euler").steps[0]!.timestep).toBe(999);
    expect(plan(pndm, "plms").steps[0]!.timestep).toBe(900);
  });

  it("takes one solver's algorithm and type as the next one's own", () => {
    expect(plan({ ...SD, algorithm_type: "deis", solver_type: "logrho" }, "dpmpp_2m")).toEqual(plan(SD, "dpmpp_2m"));
    expect(plan({ ...SD, algorithm_type: "deis", solver_type: "logrho" }, "dpmpp_2s")).toEqual(plan(SD, "dpmpp_2s"));
    expect(plan({ ...SD, algorithm_type: "dpmsolver++", solver_type: "heun" }, "deis")).toEqual(plan(SD, "deis"));
  });

  it("spaces the singlestep solver's timesteps in the one way that its class has", () => {
    const config = { ...SD, timestep_spacing: "trailing", steps_offset: 1 };
    expect(plan(config, "dpmpp_2s")).toEqual(plan(SD, "dpmpp_2s"));
  });

  it("stays finite where diffusers rounds below zero: eta 1 at zero terminal SNR", () => {
    const config = { rescale_betas_zero_snr: true, prediction_type: "v_prediction", timestep_spacing: "trailing" };
    const [first] = plan(config, "ddim", 7, 1).steps;
    expect(first!.next.predicted).toBeCloseTo(0, 8);
  });

  it("visits as many trailing timesteps as steps, though 1000 / (1000 / 61) rounds up to 62", () => {
    const { steps } = plan({ timestep_spacing: "trailing" }, "ddim", 61);
    expect(steps.length).toBe(61);
    expect(steps.at(-1)!.timestep).toBe(15);
  });

  const refused: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ beta_schedule: "cosine" }, 'beta_schedule of the scheduler\'s config is "cosine"; it must be "linear" or'],
    [{ prediction_type: "flow_prediction" }, 'prediction_type of the scheduler\'s config is "flow_prediction"'],
    [{ thresholding: true }, "thresholding of the scheduler's config is true; it must be false"],
    [{ num_train_timesteps: 0 }, "num_train_timesteps of the scheduler's config is 0; it must be a whole number"],
    [{ beta_start: "0.1" }, 'beta_start of the scheduler\'s config is "0.1"; it must be a number above 0'],
    [{ rho: 7 }, "rho of the scheduler's config is not known"],
    [{ rescale_betas_zero_snr: true, timestep_spacing: "trailing" }, "no finite step at timestep 999 of 10 steps"],
  ];
  for (const [config, message] of refused) {
    it(`refuses ${JSON.stringify(config)}`, () => expect(() => plan(config)).toThrow(message));
  }

  it("refuses wrong types as TypeError, other values as RangeError", () => {
    expect(() => plan({ clip_sample: "yes" })).toThrow(TypeError);
    expect(() => plan({ clip_sample_range: -1 })).toThrow(RangeError);
  });

  it("ignores fields that have no effect", () => {
    const idle = { _class_name: "DDIMScheduler", _diffusers_version: "0.6.0", solver_p: null, sample_max_value: 1 };
    expect(plan({ ...SD, ...idle, solver_order: 2 })).toEqual(plan(SD));
  });

  it("refuses two curves at once", () => {
    expect(() => plan({ use_karras_sigmas: true, use_beta_sigmas: true }, "euler")).toThrow("one at most can be");
  });

  const solvers: readonly (readonly [string, Record<string, unknown>, string])[] = [
    [
      "dpmpp_2s",
      { algorithm_type: "sde-dpmsolver++" },
      'algorithm_type of the scheduler\'s config is "sde-dpmsolver++"',
    ],
    ["dpmpp_2s", { algorithm_type: "dpmsolver" }, 'final_sigmas_type of the scheduler\'s config is "zero"'],
    ["dpmpp_2s", { lambda_min_clipped: -5 }, "lambda_min_clipped of the scheduler's config is -5"],
    ["dpmpp_2m", { algorithm_type: "dpmsolver" }, 'with algorithm_type "dpmsolver" it must be "sigma_min"'],
    [
      "dpmpp_2m",
      { algorithm_type: "sde-dpmsolver", final_sigmas_type: "sigma_min", solver_order: 3 },
      "solver_order of the scheduler's config is 3",
    ],
    ["dpmpp_2m", { use_lu_lambdas: true }, "use_lu_lambdas of the scheduler's config is true"],
    ["deis", { algorithm_type: "sde-dpmsolver++" }, 'it must be "deis" or "dpmsolver" or "dpmsolver++"'],
    ["deis", { use_flow_sigmas: true }, "use_flow_sigmas of the scheduler's config is true"],
  ];
  for (const [name, config, message] of solvers) {
    it(`refuses ${JSON.stringify(config)} for ${name}`, () => {
      expect(() => plan({ ...SD, ...config }, name)).toThrow(message);
    });
  }

  it("refuses Runge-Kutta steps of PNDM", () => {
    expect(() => plan({}, "pndm")).toThrow("skip_prk_steps of the scheduler's config is false");
    expect(plan({}, "plms")).toEqual(plan({ skip_prk_steps: true }, "pndm"));
  });

  for (const steps of [0, -1, 1.5, NaN, 1001]) {
    it(`refuses ${steps} steps`, () => expect(() => plan({}, "ddim", steps)).toThrow(`steps is ${steps}; it must be`));
  }

  it("refuses more steps than a model was distilled on", () => {
    expect(() => plan({}, "lcm", 51)).toThrow("steps is 51; it must be at most original_inference_steps, 50");
  });

  it("refuses steps whose timesteps are not in training", () => {
    expect(() => plan({ steps_offset: 1 }, "ddim", 1000)).toThrow("Timestep 1000 is not in 0 … 999");
  });

  it("refuses eta where it has no meaning, and beyond 0 to 1", () => {
    expect(() => plan({}, "euler", 10, 0.5)).toThrow("eta is 0.5, but EulerDiscreteScheduler has none");
    expect(() => plan({}, "ddim", 10, 1.5)).toThrow("eta is 1.5; it must be a number from 0 to 1");
    expect(() => plan({}, "ddim", 10, NaN)).toThrow("eta is NaN; it must be a number from 0 to 1");
  });

  it("refuses a first step beyond the last", () => {
    expect(() => planFor("ddim", {}, 10, { eta: 0, firstStep: 10 })).toThrow("firstStep is 10; it must be");
  });

  it("refuses an unknown scheduler and lists the known ones", () => {
    expect(() => plan({}, "magic")).toThrow('scheduler is "magic"; it must be one of ddim, ddpm, pndm, plms, euler');
  });
});
