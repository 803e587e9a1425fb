import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { crop } from "./crop.ts";

const picture = { width: 4, height: 3, data: Uint8Array.from({ length: 36 }, (_, i) => i) };

describe("crop", () => {
  it("takes the part in the box", () => {
    const part = crop(picture, { x: 1, y: 1, width: 2, height: 2 });
    expect(part).toEqual({ width: 2, height: 2, data: Uint8Array.of(15, 16, 17, 18, 19, 20, 27, 28, 29, 30, 31, 32) });
  });

  it("gives the whole picture as it is", () => {
    expect(crop(picture, { x: 0, y: 0, width: 4, height: 3 })).toBe(picture);
  });

  it("refuses what does not lie in the picture", () => {
    for (const change of [{ x: -1 }, { x: 3 }, { y: 2 }, { width: 0 }, { height: 1.5 }, { width: NaN }]) {
      const box = { x: 0, y: 0, width: 2, height: 2, ...change };
      expect(() => crop(picture, box)).toThrow("is no part of 4x3 pixels; expected whole pixels within");
    }
  });
});
