import { beforeEach, describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { MODEL } from "../../tests/fakes/models.ts";
import { fill } from "../../tests/fakes/fake_generate.ts";
import { plainPng, taken } from "../../tests/tasks/all_tasks.ts";
import type { GenerateOptions, GenerationEvent } from "../generation.ts";
import { resize } from "../images/resize.ts";
import { TorchGenerator } from "../random/random.ts";
import type { GenerationRequest, RequestOf } from "../request/request.ts";
import { inTiles } from "./in_tiles.ts";
import type { GenerateFrom } from "./tiled_picture.ts";

type Upscaling = RequestOf<"super-resolution">;
const info = { ...MODEL, tasks: ["super-resolution"] as const, upscaling: 4 };
const timings = { text: 1, denoise: 10, decode: 2 };

/** 100x40 pixels become 400x160: two tiles of 224x160; 60x40 is padded to 64x40. */
async function request(size: readonly [number, number], change: Partial<Upscaling> = {}): Promise<Upscaling> {
  const image = await plainPng(...size, [50, 100, 150]);
  return { ...await taken({ image, steps: 4, seed: 7 }, info), ...change } as Upscaling;
}

describe("inTiles", () => {
  let tiles: { readonly request: Upscaling; readonly noise: Float32Array }[];
  let passed: GenerateOptions[];

  /** Makes tiles larger without a model, and keeps what it was asked. */
  const generate: GenerateFrom = async function* (request, options, sourceOf) {
    options.signal.throwIfAborted();
    if (request.task !== "super-resolution") throw new TypeError(`Task is ${request.task}`);
    const length = info.channels * request.width * request.height / info.factor ** 2;
    tiles.push({ request, noise: (sourceOf ?? (() => new TorchGenerator(request.seed)))(0).normals(length) });
    passed.push(options);
    yield { type: "notice", message: "worth knowing" };
    for (let step = 1; step <= request.steps; step++) {
      const preview = step % (options.previewEvery ?? Infinity) === 0 && { preview: fill(request, step) };
      yield { type: "step", images: [0], step, total: request.steps, timings, ...preview };
    }
    const image = resize(request.image, request.width, request.height, "area");
    yield { type: "image", index: 0, seed: request.seed, image, timings };
  };

  async function events(request: GenerationRequest, options: Partial<GenerateOptions> = {}) {
    const signal = new AbortController().signal;
    return await Array.fromAsync(inTiles(generate, info)(request, { signal, ...options }));
  }
  const previewsOf = (all: readonly GenerationEvent[]) =>
    all.flatMap((event) => event.type === "step" && event.preview ? [[event.step, event.preview.width]] : []);

  beforeEach(() => [tiles, passed] = [[], []]);

  it("hands on what fits one tile as it came", async () => {
    const whole = await request([32, 24]);
    await events(whole);
    expect(tiles[0]!.request).toBe(whole);
  });

  it("makes a picture of its own size, constant where the low one is, and tells the steps of all tiles", async () => {
    const all = await events(await request([100, 39]));
    expect(tiles.map(({ request: { width, height, image } }) => [width, height, image.width, image.height])).toEqual([
      [224, 160, 56, 40],
      [224, 160, 56, 40],
    ]);
    expect(all.map((event) => event.type === "step" ? `${event.step}/${event.total}` : event.type)).toEqual(
      ["notice", "1/8", "2/8", "3/8", "4/8", "5/8", "6/8", "7/8", "8/8", "image"],
    );
    const last = all.at(-1)!;
    if (last.type !== "image") throw new TypeError("The last event is no image");
    expect([last.index, last.seed, last.image.width, last.image.height]).toEqual([0, 7, 400, 156]);
    expect(last.image.data.every((value, i) => value === [50, 100, 150][i % 3])).toBe(true);
    expect(last.timings).toEqual({ text: 2, denoise: 20, decode: 4 });
  });

  it("gives tiles windows of PyTorch's noise for the whole picture", async () => {
    await events(await request([100, 40]));
    const field = new TorchGenerator(7).normals(4 * 20 * 50);
    for (const [index, left] of [0, 22].entries()) {
      const { noise } = tiles[index]!;
      expect(noise.length).toBe(4 * 20 * 28);
      noise.forEach((value, i) => {
        const [channel, row, column] = [Math.floor(i / 560), Math.floor(i / 28) % 20, i % 28];
        expect(value).toBe(field[(channel * 20 + row) * 50 + left + column]);
      });
    }
  });

  it("makes picture i of several from seed + i, on its share of the way to another prompt or seed", async () => {
    await events(await request([100, 40], { count: 2, prompt_to: "y", seed_to: 3 }));
    expect(tiles.map(({ request: { count, seed, blend, seed_to } }) => [count, seed, blend, seed_to])).toEqual([
      [1, 7, 0, undefined],
      [1, 7, 0, undefined],
      [1, 7, 1, undefined],
      [1, 7, 1, undefined],
    ]);
    const [from, , to] = tiles.map(({ noise }) => noise);
    expect(from![0]).toBe(new TorchGenerator(7).normals(4000)[0]);
    expect(to![0]).toBeCloseTo(new TorchGenerator(3).normals(4000)[0]!, 6);
    tiles.length = 0;
    const all = await events(await request([100, 40], { count: 2 }));
    expect(tiles.map(({ request }) => request.seed)).toEqual([7, 7, 8, 8]);
    expect(all.flatMap((event) => event.type === "image" ? [[event.index, event.seed]] : [])).toEqual([[0, 7], [1, 8]]);
    expect(all.filter(({ type }) => type === "notice")).toHaveLength(1);
  });

  it("shows at most as many previews as were asked for, of the whole picture", async () => {
    const all = await events(await request([200, 100]), { previewEvery: 1 });
    expect(tiles.length).toBe(8);
    expect(previewsOf(all)).toEqual([[8, 800], [16, 800], [24, 800]]);
    expect(passed.every(({ previewEvery }) => previewEvery === undefined)).toBe(true);
    expect(previewsOf(await events(await request([200, 100])))).toEqual([]);
  });

  it("cuts the previews of a single tile that was padded", async () => {
    const all = await events(await request([33, 17]), { previewEvery: 3 });
    expect(tiles.map(({ request: { width, height } }) => [width, height])).toEqual([[144, 80]]);
    expect(previewsOf(all)).toEqual([[3, 132]]);
  });

  it("ends between two tiles when it is told to", async () => {
    const abort = new AbortController();
    const run = async () => {
      for await (const event of inTiles(generate, info)(await request([200, 100]), { signal: abort.signal })) {
        if (event.type === "step" && event.step === 6) abort.abort(new Error("enough"));
      }
    };
    await expect(run()).rejects.toThrow("enough");
    expect(tiles.length).toBe(2);
  });
});
