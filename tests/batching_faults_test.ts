import { expect } from "@std/expect";
import { after, before, beforeEach, describe, it } from "@std/testing/bdd";
import { type Model, openModel } from "../models/model.ts";
import { createGenerate } from "../pipeline/generate.ts";
import type { Generate } from "../pipeline/generation.ts";
import { type Device, DEVICE_NAMES } from "../runtime/device.ts";
import { DeviceLostError } from "../runtime/device_lost_error.ts";
import { CROWD, Spy } from "./batching/crowd.ts";
import { openForTest } from "./devices/open_for_test.ts";
import { APPLE, INFO } from "./generation/apple.ts";
import { difference, eventsOf, picturesOf } from "./generation/pictures_of.ts";

// Nothing here depends on where the numbers lie, and software WebGPU takes a second for a step.
for (const name of DEVICE_NAMES.filter((name) => name !== "webgpu")) {
  const device = await openForTest(name);
  if (!device) continue;
  describe(`requests at once on ${name}`, () => faultCases(device));
}

function faultCases(device: Device): void {
  let model: Model;
  let spy: Spy;
  let generate: Generate;
  let tensors: number;
  before(async () => {
    model = await openModel(INFO!.folder, device, { exact: true });
  });
  beforeEach(() => {
    spy = new Spy();
    generate = createGenerate(spy.at(model), device);
    tensors = device.counts().liveTensors;
  });
  after(async () => {
    await model[Symbol.asyncDispose]();
    await device[Symbol.asyncDispose]();
  });

  it("are not computed any more from the first step after their cancel on, and the others go on", async () => {
    const [alone] = await picturesOf(generate, CROWD[1]!);
    spy.rows.length = 0;
    const abort = new AbortController();
    let begun = 0;
    abort.signal.addEventListener("abort", () => begun = spy.rows.length);
    // While an evaluation is under way, as it is when a client goes.
    spy.onEvaluation = () => {
      if (spy.rows.length === 3) setTimeout(() => abort.abort(new Error("enough")), 0);
    };
    const canceled = eventsOf(generate, { ...APPLE, steps: 50, count: 2 }, { signal: abort.signal });
    const [outcome, [picture]] = await Promise.all([
      canceled.catch((error) => error.message),
      picturesOf(generate, CROWD[1]!),
    ]);
    expect(outcome).toBe("enough");
    expect(difference(picture!, alone!)).toBeLessThanOrEqual(1);
    expect(spy.rows).toEqual([...Array(begun).fill(6), ...Array(6 - begun).fill(2)]);
    expect(device.counts().liveTensors).toBe(tensors);
  });

  it("fail alone: what is wrong with one is nothing to the others", async () => {
    const text = model.conditioners.text!;
    const encode: typeof text.encode = async (prompts, options) => {
      if (prompts.includes("unspeakable")) throw new RangeError("unspeakable cannot be encoded");
      const encoding = await text.encode(prompts, options);
      if (!prompts.includes("narrow")) return encoding;
      using context = encoding.given.context!;
      const [rows, tokens, width] = context.dims as [number, number, number];
      const dims = [rows, tokens, width / 2];
      const slices = [{ of: context, start: 0, length: rows * tokens * width / 2 }];
      return { ...encoding, given: { context: device.assemble("B N D", dims, slices) } };
    };
    const conditioners = { ...model.conditioners, text: { ...text, encode } };
    const work = createGenerate({ ...model, conditioners }, device);
    const prompts = ["red apple", "unspeakable", "narrow", "blue car"];
    const results = await Promise.allSettled(prompts.map((prompt) => picturesOf(work, { ...APPLE, prompt })));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect(device.counts().liveTensors).toBe(tensors);
  });

  it("all fail when the device does, once, and leave nothing behind", async () => {
    spy.onEvaluation = () => {
      if (spy.rows.length > 2) throw new DeviceLostError("The device is gone");
    };
    const results = await Promise.allSettled(CROWD.map((request) => picturesOf(generate, request)));
    const reasons = results.map((result) => result.status === "rejected" && result.reason);
    for (const reason of reasons) expect(reason).toBeInstanceOf(DeviceLostError);
    expect(device.counts().liveTensors).toBe(tensors);
  });
}
