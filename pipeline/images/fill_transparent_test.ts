import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { fillTransparent } from "./fill_transparent.ts";

/** One row of pixels, each red and opacity. */
function row(...pixels: readonly (readonly [red: number, alpha: number])[]) {
  return { width: pixels.length, height: 1, data: Uint8ClampedArray.from(pixels.flatMap(([r, a]) => [r, 0, 0, a])) };
}

describe("fillTransparent", () => {
  it("gives holes the colour of the nearest part", () => {
    const { data } = fillTransparent(row([9, 0], [10, 255], [9, 0], [9, 0], [9, 0], [20, 255]));
    expect(data.filter((_, i) => i % 3 === 0)).toEqual(Uint8Array.of(10, 10, 10, 10, 20, 20));
  });
  it("does not go round the edge", () => {
    const { data } = fillTransparent({ width: 1, height: 2, data: row([7, 255], [9, 0]).data });
    expect([...data]).toEqual([7, 0, 0, 7, 0, 0]);
    const square = { width: 2, height: 2, data: row([7, 255], [0, 0], [0, 0], [8, 255]).data };
    expect(new Set(fillTransparent(square).data.filter((_, i) => i % 3 === 0))).toEqual(new Set([7, 8]));
  });
  it("leaves what is there alone, over white", () => {
    expect([...fillTransparent(row([100, 255], [0, 128])).data]).toEqual([100, 0, 0, 127, 127, 127]);
    expect([...fillTransparent(row([100, 0])).data]).toEqual([255, 255, 255]);
  });
});
