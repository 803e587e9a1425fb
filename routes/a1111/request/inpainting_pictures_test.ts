import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { encode } from "fast-png";
import { readImage } from "../../../pipeline/images/read/read_image.ts";
import { whiteMask } from "./inpainting_pictures.ts";

describe("whiteMask", () => {
  const red = async (pixels: readonly (readonly number[])[], invert: boolean) => {
    const data = Uint8Array.from(pixels.flat());
    const mask = encode({ width: pixels.length, height: 1, data, channels: 4, depth: 8 });
    const { data: white } = await readImage(await whiteMask(mask, invert));
    return pixels.map((_, i) => white[4 * i]);
  };

  it("is the picture's luminance where it is opaque", async () => {
    expect(await red([[255, 255, 255, 255], [0, 0, 0, 255]], false)).toEqual([255, 0]);
    expect(await red([[255, 255, 255, 255], [0, 0, 0, 255]], true)).toEqual([0, 255]);
  });

  it("is its alpha, from 129 on, where it is transparent somewhere", async () => {
    const pixels = [[255, 255, 255, 0], [0, 0, 0, 128], [0, 0, 0, 129], [9, 9, 9, 255]];
    expect(await red(pixels, false)).toEqual([0, 0, 255, 255]);
    expect(await red(pixels, true)).toEqual([255, 255, 0, 0]);
  });
});
