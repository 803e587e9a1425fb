import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { clamped, filtersReference, pixels } from "../../tests/images/filters_reference.ts";
import { resize } from "./resize.ts";

const { images, resized, boxes } = filtersReference;

describe("resize gives Pillow's bytes", () => {
  for (const { mode, filter, image } of resized) {
    const unpack = mode === "RGB" ? pixels : clamped;
    it(`${mode} ${filter} ${image.width}x${image.height}`, () => {
      expect(resize(unpack(images[mode]), image.width, image.height, filter)).toEqual(unpack(image));
    });
  }

  for (const { filter, box: [x, y, right, lower], image } of boxes) {
    it(`${filter} of a box at ${x}, ${y}, ${right}, ${lower}`, () => {
      const box = { x, y, width: right - x, height: lower - y };
      expect(resize(pixels(images.RGB), image.width, image.height, filter, box)).toEqual(pixels(image));
    });
  }
});

describe("resize", () => {
  const picture = pixels(images.RGB);

  it("gives back the picture itself where it has the size, alpha's colours untouched", () => {
    const rgba = clamped(images.RGBA);
    expect(resize(rgba, rgba.width, rgba.height)).toBe(rgba);
  });

  it("refuses sizes that are none, boxes outside and bytes that do not fit", () => {
    for (const bad of [0, -1, 1.5, NaN]) {
      expect(() => resize(picture, bad, 5)).toThrow(`New width is ${bad}; expected a whole number of pixels from 1 on`);
      expect(() => resize(picture, 5, bad)).toThrow(
        `New height is ${bad}; expected a whole number of pixels from 1 on`,
      );
    }
    for (const bad of [{ x: -1 }, { width: 30 }, { height: 0 }, { y: NaN }]) {
      const box = { x: 0, y: 0, width: 5, height: 5, ...bad };
      expect(() => resize(picture, 5, 5, "area", box)).toThrow("does not lie in a picture of 29x17");
    }
    expect(() => resize({ ...picture, width: 30 }, 5, 5)).toThrow("30x17 needs 1, 3 or 4 for each pixel");
  });
});
