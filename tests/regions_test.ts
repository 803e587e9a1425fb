import { expect } from "@std/expect";
import { after, before, describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { type Model, openModel } from "../models/model.ts";
import { createGenerate } from "../pipeline/generate.ts";
import type { Pixels } from "../pipeline/images/pixels.ts";
import { readRequest } from "../pipeline/request/read_request.ts";
import type { RequestOf } from "../pipeline/request/request.ts";
import type { Device } from "../runtime/device.ts";
import { openForTest } from "./devices/open_for_test.ts";
import { pngOf } from "./tasks/all_tasks.ts";

const MODELS = fileURLToPath(new URL("models/", import.meta.url));
const device = await openForTest("cpu");
if (device) describe("inpainting at the picture's own size", () => cases(device));

function cases(device: Device): void {
  let model: Model;
  before(async () => {
    model = await openModel(`${MODELS}tiny-sd-inpaint`, device);
  });
  after(async () => {
    await model[Symbol.asyncDispose]();
    await device[Symbol.asyncDispose]();
  });

  /** Paints anew and tells what of the picture stayed. */
  async function painted(image: Pixels, mask: Pixels, fields: Readonly<Record<string, unknown>>) {
    const body = { prompt: "a cat", image: await pngOf(image), mask: await pngOf(mask), steps: 2, seed: 1, ...fields };
    const request = (await readRequest(body, [model.info])).request as RequestOf<"inpainting">;
    const events = await Array.fromAsync(
      createGenerate(model, device)(request, { signal: new AbortController().signal }),
    );
    const [result] = events.flatMap((event) => event.type === "image" ? [event.image] : []);
    const changed = result!.data.filter((value, i) => mask.data[i] === 255 && value !== image.data[i]);
    return {
      request,
      result: result!,
      stays: result!.data.every((value, i) => mask.data[i] === 255 || value === image.data[i]),
      changed: changed.length / mask.data.filter((value) => value === 255).length,
    };
  }

  it("keeps every byte outside of the mask, whatever the size, and makes all within anew", async () => {
    for (const [width, height] of [[70, 50], [150, 33], [9, 7]] as const) {
      const [image, mask] = [noise(width, height), square(width, height, 3, 2, 5, 4)];
      for (const fields of [{}, { region: "masked" }, { region: "masked", region_padding: 0, width: 32, height: 48 }]) {
        const { result, stays, changed } = await painted(image, mask, fields);
        expect({ width: result.width, height: result.height, stays }).toEqual({ width, height, stays: true });
        expect(changed).toBeGreaterThan(0.8);
      }
    }
  });

  it("works on the part around the mask, as large as the model likes it", async () => {
    const { defaults } = model.info;
    const size = [defaults.width * 3, defaults.height * 3] as const;
    const mask = square(...size, 20, 30, 16, 16);
    const { request } = await painted(noise(...size), mask, { region: "masked", region_padding: 4 });
    expect(request).toMatchObject({ width: defaults.width, height: defaults.height });
    expect(request.paste!.box).toEqual({ x: 16, y: 26, width: 24, height: 24 });
    const hole = Array.from(request.mask.data.keys()).filter((pixel) => request.mask.data[pixel] === 255);
    const columns = new Set(hole.map((pixel) => pixel % defaults.width));
    expect(columns.size / defaults.width).toBeCloseTo(16 / 24, 1);
  });

  it("does not lose a line of one pixel when a large picture shrinks", async () => {
    const size = [model.info.defaults.width * 4, model.info.defaults.height * 4] as const;
    const { stays, changed } = await painted(noise(...size), square(...size, 10, 0, 1, size[1]), {});
    expect(stays).toBe(true);
    expect(changed).toBeGreaterThan(0.8);
  });

  it("gives the size that was asked for where one was", async () => {
    const { request, result } = await painted(noise(70, 50), square(70, 50, 0, 0, 40, 50), { width: 48, height: 32 });
    expect(request.paste).toBeUndefined();
    expect([result.width, result.height]).toEqual([48, 32]);
  });
}

function noise(width: number, height: number): Pixels {
  let state = 1;
  const data = Uint8Array.from({ length: 3 * width * height }, () => (state = (state * 48271) % 2147483647) & 255);
  return { width, height, data };
}

function square(width: number, height: number, left: number, top: number, columns: number, rows: number): Pixels {
  const isInside = (x: number, y: number) => x >= left && x < left + columns && y >= top && y < top + rows;
  const at = (i: number) => [Math.floor(i / 3) % width, Math.floor(i / 3 / width)] as const;
  return {
    width,
    height,
    data: Uint8Array.from({ length: 3 * width * height }, (_, i) => isInside(...at(i)) ? 255 : 0),
  };
}
