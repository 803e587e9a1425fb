import { expect } from "@std/expect";
import { after, before, beforeEach, describe, it } from "@std/testing/bdd";
import { type Model, openModel } from "../models/model.ts";
import { createGenerate } from "../pipeline/generate.ts";
import type { Generate, GenerationEvent } from "../pipeline/generation.ts";
import type { Pixels } from "../pipeline/images/pixels.ts";
import { type Device, DEVICE_NAMES } from "../runtime/device.ts";
import { CROWD, differenceInCompany, Spy } from "./batching/crowd.ts";
import { openForTest } from "./devices/open_for_test.ts";
import { APPLE, INFO } from "./generation/apple.ts";
import { difference, eventsOf, picturesOf } from "./generation/pictures_of.ts";

for (const name of DEVICE_NAMES) {
  const device = await openForTest(name);
  if (!device) continue;
  describe(`requests at once on ${name}`, () => batchingCases(device));
}

function batchingCases(device: Device): void {
  let model: Model;
  let spy: Spy;
  let generate: Generate;
  before(async () => {
    model = await openModel(INFO!.folder, device, { exact: true });
  });
  beforeEach(() => {
    spy = new Spy();
    generate = createGenerate(spy.at(model), device);
  });
  after(async () => {
    await model[Symbol.asyncDispose]();
    await device[Symbol.asyncDispose]();
  });

  // Software WebGPU takes a second for a step, and more for each new shape.
  if (device.memory === "gpu") {
    it("are denoised together, and their pictures are those they have alone", async () => {
      const { min } = INFO!.size;
      const few = CROWD.slice(1, 3).map((request) => ({ ...request, width: min, height: min, steps: 2, guidance: 4 }));
      expect(await differenceInCompany(generate, few)).toBeLessThanOrEqual(1);
      expect(spy.rows).toEqual([2, 2, 2, 2, 4, 4]);
    });
    return;
  }

  it("are denoised together, and their pictures are those they have alone", async () => {
    expect(await differenceInCompany(generate, CROWD)).toBeLessThanOrEqual(1);
    const alone = [...Array(4).fill(4), ...Array(6).fill(2), ...Array(5 + 5).fill(1)];
    expect(spy.rows).toEqual([...alone, 8, 8, 8, 8, 4, 2]);
  });

  it("have the same pictures with the graph that the device takes by default", async () => {
    await using usual = await openModel(INFO!.folder, device);
    expect(await differenceInCompany(createGenerate(usual, device), CROWD)).toBeLessThanOrEqual(1);
  });

  it("of another size take turns with them, of another task join them", async () => {
    expect(
      await differenceInCompany(generate, [
        APPLE,
        { ...APPLE, width: 96, height: 160 },
        { ...APPLE, task: "class-conditional", prompt: "", class: 3 },
      ]),
    ).toBeLessThanOrEqual(1);
    expect(spy.rows.slice(-8)).toEqual([4, 2, 4, 2, 4, 2, 4, 2]);
  });

  it("may join between two steps, and leave before the others", async () => {
    const [alone] = await picturesOf(generate, CROWD[2]!);
    spy.rows.length = 0;
    let late: Promise<readonly Pixels[]> | undefined;
    spy.onEvaluation = () => {
      if (spy.rows.length === 3) late = picturesOf(generate, CROWD[2]!);
    };
    await eventsOf(generate, { ...APPLE, steps: 12 });
    expect(difference((await late!)[0]!, alone!)).toBeLessThanOrEqual(1);
    const joined = spy.rows.indexOf(3);
    expect(joined).toBeGreaterThanOrEqual(3);
    expect(spy.rows).toEqual([...Array(joined).fill(2), ...Array(5).fill(3), ...Array(12 - joined - 5).fill(2)]);
  });

  it("wait while the largest batch is under way, pictures in order", async () => {
    const pairs = createGenerate(spy.at(model), device, 2);
    const [many, one] = await Promise.all([
      eventsOf(pairs, { ...APPLE, count: 3, steps: 3 }),
      eventsOf(pairs, APPLE),
    ]);
    expect(many.flatMap((event) => event.type === "image" ? [event.index] : [])).toEqual([0, 1, 2]);
    expect(one.at(-1)!.type).toBe("image");
    expect(Math.max(...spy.rows)).toBe(4);
  });

  it("each have the previews they asked for, and times within their own", async () => {
    const start = performance.now();
    const all = await Promise.all(
      [1, 2, 7].map((previewEvery, index) => eventsOf(generate, { ...CROWD[index]!, steps: 6 }, { previewEvery })),
    );
    const elapsed = performance.now() - start;
    const previewed = (events: readonly GenerationEvent[]) =>
      events.flatMap((event) => event.type === "step" && event.preview ? [event.step] : []);
    expect(all.map(previewed)).toEqual([[1, 2, 3, 4, 5], [2, 4], []]);
    // Those without a preview wait for those with one, so all stay together.
    expect(spy.rows).toEqual(Array(6).fill(7));
    for (const events of all) {
      const last = events.at(-1)!;
      if (last.type !== "image") throw new Error("The last event is no image");
      const { text, denoise, decode } = last.timings;
      expect(Math.min(text, denoise, decode)).toBeGreaterThan(0);
      expect(text + denoise + decode).toBeLessThanOrEqual(elapsed);
    }
  });
}
