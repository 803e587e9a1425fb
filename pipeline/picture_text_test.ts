import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { MODEL } from "../tests/fakes/models.ts";
import { pictureText } from "./picture_text.ts";
import { readRequest } from "./request/read_request.ts";

describe("pictureText", () => {
  const textOf = async (change: Record<string, unknown>) => {
    const { request } = await readRequest({ prompt: "a red apple", seed: 7, steps: 20, guidance: 4, ...change }, [
      MODEL,
    ]);
    return pictureText(request, MODEL, 8, "latentd 1.2.3");
  };

  it("tells what makes this picture again", async () => {
    expect(await textOf({ negative_prompt: "grey", eta: 0.5 })).toEqual({
      parameters: "a red apple\nNegative prompt: grey\nSteps: 20, Sampler: DDIM, CFG scale: 4, Seed: 8, Size: " +
        `${MODEL.defaults.width}x${MODEL.defaults.height}, Model hash: ${MODEL.hash}, Model: ${MODEL.name}, Eta: 0.5, ` +
        "RNG: CPU, Version: latentd 1.2.3",
      seed: "8",
      model_hash: MODEL.hash,
    });
  });

  it("names sampler, schedule and variation as AUTOMATIC1111 does", async () => {
    const fields = { scheduler: "dpmpp_2m_karras", seed_to: 20, blend: 0.25 };
    expect((await textOf(fields))["parameters"]).toContain("Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4");
    expect((await textOf(fields))["parameters"]).toContain("Variation seed: 21, Variation seed strength: 0.25");
    expect((await textOf({ scheduler: "euler_ancestral" }))["parameters"]).toContain("Sampler: Euler a, CFG");
  });

  it("names no generator that is a GPU's, as AUTOMATIC1111 does", async () => {
    expect((await textOf({ rng: "philox" }))["parameters"]).not.toContain("RNG");
  });
});
