import { expect } from "@std/expect";
import { after, before, describe, it } from "@std/testing/bdd";
import { type Model, openModel } from "../models/model.ts";
import { createGenerate } from "../pipeline/generate.ts";
import type { GenerateOptions } from "../pipeline/generation.ts";
import type { Pixels } from "../pipeline/images/pixels.ts";
import { TorchGenerator } from "../pipeline/random/random.ts";
import type { GenerationRequest } from "../pipeline/request/request.ts";
import { type Device, DEVICE_NAMES } from "../runtime/device.ts";
import { openForTest } from "./devices/open_for_test.ts";
import { APPLE, INFO } from "./generation/apple.ts";
import { difference, eventsOf, picturesOf } from "./generation/pictures_of.ts";

for (const name of DEVICE_NAMES) {
  const device = await openForTest(name);
  if (!device) continue;
  describe(`generation on ${name}`, () => generationCases(device));
}

function generationCases(device: Device): void {
  // Software WebGPU takes a second for a step.
  const request = { ...APPLE, steps: device.memory === "gpu" ? 1 : APPLE.steps };
  let model: Model;
  let seed7: Pixels;
  let seed8: Pixels;
  let generate: ReturnType<typeof createGenerate>;
  before(async () => {
    model = await openModel(INFO!.folder, device);
    generate = createGenerate(model, device);
    [seed7, seed8] = [await picture(), await picture({ seed: 8 })];
  });
  after(async () => {
    await model[Symbol.asyncDispose]();
    await device[Symbol.asyncDispose]();
  });

  const changed = (change: Partial<GenerationRequest>) => ({ ...request, ...change }) as GenerationRequest;
  const events = (change: Partial<GenerationRequest>, options?: Partial<GenerateOptions>) =>
    eventsOf(generate, changed(change), options);
  const pictures = (change: Partial<GenerationRequest>) => picturesOf(generate, changed(change));
  const picture = async (change: Partial<GenerationRequest> = {}) => (await pictures(change))[0]!;

  it("tells every step, then the picture with its seed", async () => {
    const all = await events({ steps: 3 });
    expect(all.map((event) => event.type === "step" ? `${event.step}/${event.total}` : event.type)).toEqual(
      ["1/3", "2/3", "3/3", "image"],
    );
    const last = all.at(-1)!;
    if (last.type !== "image") throw new Error("The last event is no image");
    expect([last.index, last.seed, last.image.width, last.image.height]).toEqual([0, 7, APPLE.width, APPLE.height]);
    expect(new Set(last.image.data).size).toBeGreaterThan(32);
  });

  it("makes the same bytes from the same seed, and others from another", async () => {
    expect(await picture()).toEqual(seed7);
    expect(difference(seed7, seed8)).toBeGreaterThan(16);
  });

  it("makes other pictures from CUDA's noise", async () => {
    expect(difference(seed7, await picture({ rng: "philox" }))).toBeGreaterThan(16);
  });

  it("gives image i of a batch the seed + i", async () => {
    const [first, second] = await pictures({ count: 2 });
    expect(difference(first!, seed7)).toBeLessThanOrEqual(1);
    expect(difference(second!, seed8)).toBeLessThanOrEqual(1);
  });

  it("reads back once for a picture and once more for a preview, and leaves nothing behind", async () => {
    const before = device.counts();
    const all = await events({ count: 2, steps: 3, eta: 0.5 }, { previewEvery: 2 });
    const previews = all.filter((event) => event.type === "step" && event.preview !== undefined).length;
    const { liveTensors, liveBytes, readbacks } = device.counts();
    expect(previews).toBe(1);
    expect({ liveTensors, liveBytes }).toEqual({ liveTensors: before.liveTensors, liveBytes: before.liveBytes });
    expect(readbacks - before.readbacks).toBe(device.memory === "gpu" ? 2 + previews : 0);
  });

  it("evaluates one row without guidance, two with it", async () => {
    const rows: number[] = [];
    const denoiser: Model["denoiser"] = {
      ...model.denoiser,
      predict: (input, timesteps, given) => {
        rows.push(input.dims[0]!, timesteps.length, given.context!.dims[0]!);
        return model.denoiser.predict(input, timesteps, given);
      },
    };
    const spied = createGenerate({ ...model, denoiser }, device);
    const signal = new AbortController().signal;
    for (const guidance of [1, 4]) {
      for await (const _ of spied({ ...request, steps: 1, guidance }, { signal }));
    }
    expect(rows).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it("is led by the prompt, and away from the negative one", async () => {
    for (const change of [{ prompt: "blue car" }, { negative_prompt: "red" }]) {
      expect(difference(seed7, await picture(change))).toBeGreaterThan(16);
    }
  });

  it("starts from given latents in place of the seed's", async () => {
    const length = INFO!.channels * (APPLE.width / INFO!.factor) * (APPLE.height / INFO!.factor);
    const latents = new TorchGenerator(APPLE.seed).normals(length);
    expect(await picture({ seed: 99, latents })).toEqual(seed7);
  });

  it("makes pictures that are not square", async () => {
    const wide = await picture({ width: 160, height: 96, steps: 1 });
    expect([wide.width, wide.height, wide.data.length]).toEqual([160, 96, 160 * 96 * 3]);
  });

  it("says how much of a long prompt had no influence", async () => {
    const prompt = Array(30).fill("apple").join(" ");
    const [notice] = await events({ prompt, steps: 1 });
    expect(notice).toEqual({
      type: "notice",
      message: "prompt is too long for the model: its last 8 tokens were cut",
    });
  });

  it("stops within a step when it is told to, and leaves nothing behind", async () => {
    const before = device.counts().liveTensors;
    const abort = new AbortController();
    const steps: number[] = [];
    const run = async () => {
      for await (const event of generate({ ...request, steps: 50 }, { signal: abort.signal })) {
        if (event.type === "step") steps.push(event.step);
        if (event.type === "step" && event.step === 2) abort.abort(new Error("enough"));
      }
    };
    await expect(run()).rejects.toThrow("enough");
    expect(steps).toEqual([1, 2]);
    expect(device.counts().liveTensors).toBe(before);
  });
}
