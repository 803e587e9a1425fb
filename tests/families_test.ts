import { expect } from "@std/expect";
import { after, before, describe, it } from "@std/testing/bdd";
import { type Model, openModel } from "../models/model.ts";
import { createGenerate } from "../pipeline/generate.ts";
import type { Pixels } from "../pipeline/images/pixels.ts";
import type { GenerationRequest } from "../pipeline/request/request.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { type Device, DEVICE_NAMES } from "../runtime/device.ts";
import { openForTest } from "./devices/open_for_test.ts";
import { bodyOf, expectedOf, type FamilyCase, furthest, MODELS, readCases } from "./families/family_case.ts";

/** Software WebGPU takes seconds for each picture. */
const GPU_CASES = ["tiny-sd-euler", "tiny-sdxl-long", "tiny-lcm-default"];

const CASES = await readCases();

for (const name of DEVICE_NAMES) {
  const device = await openForTest(name);
  if (!device) continue;
  describe(`families on ${name}`, () => {
    after(() => device[Symbol.asyncDispose]());
    for (const [model, all] of CASES) {
      const cases = device.memory === "gpu" ? all.filter(({ name }) => GPU_CASES.includes(name)) : all;
      if (cases.length > 0) describe(model, () => familyCases(model, cases, device));
    }
  });
}

/** Compares the pictures of one model with those that diffusers made from the same weights. */
function familyCases(folder: string, cases: readonly FamilyCase[], device: Device): void {
  let model: Model;
  before(async () => {
    model = await openModel(`${MODELS}${folder}`, device);
  });
  after(() => model[Symbol.asyncDispose]());

  for (const each of cases) {
    it(`makes diffusers' picture: ${each.name}`, async () => {
      const schedulerConfig = { ...model.info.schedulerConfig, ...each.scheduler_config };
      const info = { ...model.info, schedulerConfig };
      const request = await requestOf(each, info);
      const pictures = await picturesOf(request, { ...model, info }, device);
      expect(pictures.length).toBe(each.expected.length);
      for (const [index, picture] of pictures.entries()) {
        expect(furthest(picture, await expectedOf(each, index))).toBeLessThanOrEqual(each.tolerance);
      }
    });
  }
}

async function requestOf(each: FamilyCase, info: Model["info"]): Promise<GenerationRequest> {
  const name = each.scheduler_config?.["_class_name"] ?? info.defaults.scheduler;
  const model = { ...info, defaults: { ...info.defaults, scheduler: String(name) } };
  return (await readRequest(await bodyOf(each), [model])).request;
}

async function picturesOf(request: GenerationRequest, model: Model, device: Device): Promise<readonly Pixels[]> {
  const pictures: Pixels[] = [];
  const events = createGenerate(model, device)(request, { signal: new AbortController().signal });
  for await (const event of events) if (event.type === "image") pictures[event.index] = event.image;
  return pictures;
}
