import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import reference from "../../../tests/images/regions_reference.json" with { type: "json" };
import { maskRegion } from "./mask_region.ts";

const empty = (width: number, height: number) => ({ width, height, data: new Uint8ClampedArray(width * height) });

describe("maskRegion", () => {
  it("gives the box that diffusers crops", () => {
    expect(reference.regions.length).toBe(200);
    for (const { picture, mask: [left, top, right, bottom], size, padding, box } of reference.regions) {
      const [columns, rows] = picture as [number, number];
      const mask = empty(columns, rows);
      mask.data[top! * columns + left!] = mask.data[(bottom! - 1) * columns + right! - 1] = 255;
      const { x, y, width, height } = maskRegion(mask, size[0]!, size[1]!, padding);
      expect([x, y, x + width, y + height]).toEqual(box);
    }
  });

  it("refuses a mask with nothing to do", () => {
    expect(() => maskRegion(empty(3, 2), 16, 16, 0)).toThrow("Mask is 0 everywhere");
  });
});
