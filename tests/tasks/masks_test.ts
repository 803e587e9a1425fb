import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { readRequest } from "../../pipeline/request/read_request.ts";
import type { RequestOf } from "../../pipeline/request/request.ts";
import { ALL_TASKS, plainPng, pngOf } from "./all_tasks.ts";

const SIDE = 64;

/** Black, with white columns. */
function columns(from: number, to: number): Promise<Uint8Array> {
  const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
    const column = Math.floor(i / 3) % SIDE;
    return column >= from && column < to ? 255 : 0;
  });
  return pngOf({ width: SIDE, height: SIDE, data });
}

async function inpainting(body: Record<string, unknown>): Promise<RequestOf<"inpainting">> {
  const { request } = await readRequest({ prompt: "x", image: await plainPng(SIDE, SIDE), ...body }, [ALL_TASKS]);
  if (request.task !== "inpainting") throw new Error(`The task is ${request.task}`);
  return request;
}

describe("masks", () => {
  it("are soft within, so that what is kept stays as it is", async () => {
    const mask = await columns(16, 48);
    const hard = (await inpainting({ mask })).mask.data.slice(0, SIDE);
    const soft = (await inpainting({ mask, mask_blur: 4 })).mask.data.slice(0, SIDE);
    expect([...hard.keys()].filter((x) => hard[x] !== 255)).toEqual([...hard.keys()].filter((x) => x < 16 || x >= 48));
    expect(soft.every((value, x) => (value > 0) === (hard[x]! > 0))).toBe(true);
    expect(soft[32]).toBe(255);
    const edge = [...soft.slice(16, 24)];
    expect(edge).toEqual(edge.toSorted((a, b) => a - b));
    expect(edge[0]).toBeLessThan(64);
  });

  it("of outpainting cover what is added, whose pixels go on from the picture's edge", async () => {
    const { width, height, image, mask } = await inpainting({ extend: [16, 0, 32, 16], mask_blur: 0 });
    expect([width, height]).toEqual([112, 80]);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const isAdded = x < 16 || x >= 80 || y >= 64;
        expect(mask.data[y * width + x]).toBe(isAdded ? 255 : 0);
      }
    }
    const soft = (await inpainting({ extend: [16, 0, 32, 16] })).mask.data;
    expect(soft.every((value, i) => value > 0 === mask.data[i]! > 0)).toBe(true);
    expect([soft[15]! < 64, soft[80]! < 64, soft[width - 1]]).toEqual([true, true, 255]);
    expect(image.data.every((value, i) => value === [200, 30, 30][i % 3])).toBe(true);
  });
});
