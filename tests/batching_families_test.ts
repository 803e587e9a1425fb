import { expect } from "@std/expect";
import { after, before, describe, it } from "@std/testing/bdd";
import { type Model, openModel } from "../models/model.ts";
import { createGenerate } from "../pipeline/generate.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import { type Device, DEVICE_NAMES } from "../runtime/device.ts";
import { Spy } from "./batching/crowd.ts";
import { openForTest } from "./devices/open_for_test.ts";
import { bodyOf, expectedOf, type FamilyCase, furthest, MODELS, readCases } from "./families/family_case.ts";
import { picturesOf } from "./generation/pictures_of.ts";

/** Those that ask of the model as it is, in words that a server takes. */
const CASES = [...await readCases()].map(([folder, cases]) =>
  [folder, cases.filter(({ scheduler_config, request }) => !scheduler_config && request["prompt"] !== "")] as const
);

// Each shape is compiled anew, which software WebGPU takes minutes for.
for (const name of DEVICE_NAMES.filter((name) => name !== "webgpu")) {
  const device = await openForTest(name);
  if (!device) continue;
  describe(`families at once on ${name}`, () => {
    after(() => device[Symbol.asyncDispose]());
    for (const [folder, cases] of CASES) describe(folder, () => companyCases(folder, cases, device));
  });
}

/** All requests of a model at once: their pictures are still those that diffusers made one by one. */
function companyCases(folder: string, cases: readonly FamilyCase[], device: Device): void {
  let model: Model;
  before(async () => {
    model = await openModel(`${MODELS}${folder}`, device);
  });
  after(() => model[Symbol.asyncDispose]());

  it(`makes diffusers' pictures of ${cases.length} requests at once`, async () => {
    const spy = new Spy();
    const generate = createGenerate(spy.at(model), device);
    await Promise.all(cases.map(async (each) => {
      const { request } = await readRequest(await bodyOf(each), [model.info]);
      const pictures = await picturesOf(generate, request);
      expect(pictures.length).toBe(each.expected.length);
      for (const [index, picture] of pictures.entries()) {
        expect([each.name, furthest(picture, await expectedOf(each, index)) <= each.tolerance]).toEqual([
          each.name,
          true,
        ]);
      }
    }));
    // The few of the smaller models have sizes of their own.
    if (cases.length > 4) expect(Math.max(...spy.rows)).toBeGreaterThan(2);
    expect(device.counts().liveTensors).toBe(0);
  });
}
