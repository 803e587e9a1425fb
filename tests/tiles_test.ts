import { expect } from "@std/expect";
import { after, before, describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { findModels } from "../models/catalog.ts";
import { type Model, openModel } from "../models/model.ts";
import { createGenerate } from "../pipeline/generate.ts";
import type { GenerationEvent } from "../pipeline/generation.ts";
import type { Pixels } from "../pipeline/images/pixels.ts";
import { resize } from "../pipeline/images/resize.ts";
import { readPicture } from "../pipeline/request/pictures.ts";
import { flatten } from "../pipeline/images/flatten.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import type { RequestOf } from "../pipeline/request/request.ts";
import { inTiles } from "../pipeline/tiles/in_tiles.ts";
import type { TileGrid } from "../pipeline/tiles/tile_grid.ts";
import { tiledPicture } from "../pipeline/tiles/tiled_picture.ts";
import type { Device } from "../runtime/device.ts";
import { openForTest } from "./devices/open_for_test.ts";
import { pngOf } from "./tasks/all_tasks.ts";

type Upscaling = RequestOf<"super-resolution">;
const ROOT = fileURLToPath(new URL("./", import.meta.url));
const signal = new AbortController().signal;
const device = await openForTest("cpu");

/** What is the same for every model. */
async function requestOf(file: string, { info }: Model, fields = {}, size?: readonly [number, number]) {
  const bytes = await Deno.readFile(ROOT + file);
  const image = size ? await pngOf(resize(flatten(await readPicture("image", bytes)), ...size, "area")) : bytes;
  return (await readRequest({ task: "super-resolution", image, ...fields }, [info])).request as Upscaling;
}

async function pictureOf(events: AsyncIterable<GenerationEvent>): Promise<Pixels> {
  const all = await Array.fromAsync(events);
  return all.flatMap((event) => event.type === "image" ? [event.image] : [])[0]!;
}

if (device) {
  describe("tiles of super-resolution", () => {
    after(() => device[Symbol.asyncDispose]());
    describe("with a model of the shape of LDM-SR", () => ldmCases(device));
    describe("with the built-in model", () => builtinCases(device));
  });
}

function ldmCases(device: Device): void {
  let model: Model;
  before(async () => {
    model = await openModel(`${ROOT}models/tiny-ldm-super-resolution`, device);
  });
  after(() => model[Symbol.asyncDispose]());

  it("change nothing where one is enough, noise of the steps included", async () => {
    const generate = createGenerate(model, device);
    const request = await requestOf("models/inputs/tiny-ldm-low-24x16.png", model, { seed: 3, steps: 4, eta: 1 });
    const timings = { text: 0, denoise: 0, decode: 0 };
    const tiled = tiledPicture({ request, image: 0, options: { signal }, generate, model: model.info, timings });
    expect(await pictureOf(tiled)).toEqual(await pictureOf(generate(request, { signal })));
  });

  it("make a picture of any size, and leave nothing behind", async () => {
    const before = device.counts().liveTensors;
    const generate = inTiles(createGenerate(model, device), model.info);
    const scale = model.info.upscaling!;
    const size = [2 * model.info.size.max / scale + 3, 5] as const;
    const request = await requestOf("models/inputs/tiny-ldm-low-24x16.png", model, { steps: 2, seed: 1 }, size);
    expect(request.tiles.left.length).toBeGreaterThan(2);
    const picture = await pictureOf(generate(request, { signal }));
    expect([picture.width, picture.height]).toEqual(size.map((side) => side * scale));
    expect(new Set(picture.data).size).toBeGreaterThan(32);
    expect(device.counts().liveTensors).toBe(before);
  });
}

function builtinCases(device: Device): void {
  let model: Model;
  before(async () => {
    model = await openModel((await findModels())[0]!.folder, device);
  });
  after(() => model[Symbol.asyncDispose]());

  it("show no seams: columns where tiles begin and end are as steep as without an end there", async () => {
    const generate = inTiles(createGenerate(model, device), model.info);
    const low = await requestOf("golden/sr-0.low.png", model, { seed: 1, steps: 8 }, [80, 32]);
    const from = (...left: number[]) => {
      const tiles: TileGrid = { width: 128, height: 128, left, top: [0] };
      return pictureOf(generate({ ...low, tiles }, { signal }));
    };
    // Columns at which one picture has an end of a tile and the other has not; what is there to be seen is the same.
    const [a, b, hard] = [await from(0, 96, 192), await from(0, 80, 160, 192), await from(0, 128, 192)];
    const own = steepness([96, 224], a) + steepness([80, 160, 208, 288], b);
    const other = steepness([96, 224], b) + steepness([80, 160, 208, 288], a);
    expect(own / other).toBeLessThan(1.1);
    // The measure sees a seam where there is one: the same tiles side by side.
    expect(steepness([128], hard) / steepness([128], a)).toBeGreaterThan(2);
  });
}

/** How much columns differ from the one before. */
function steepness(columns: readonly number[], { width, height, data }: Pixels): number {
  let sum = 0;
  for (const x of columns) {
    for (let y = 0; y < height; y++) {
      for (let i = 3 * (y * width + x); i < 3 * (y * width + x) + 3; i++) sum += Math.abs(data[i]! - data[i - 3]!);
    }
  }
  return sum;
}
