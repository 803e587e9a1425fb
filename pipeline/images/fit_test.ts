import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { clamped, filtersReference, pixels } from "../../tests/images/filters_reference.ts";
import { fit } from "./fit.ts";

const { images, fitted } = filtersReference;

describe("fit gives Pillow's bytes", () => {
  for (const { mode, how, image } of fitted) {
    const unpack = mode === "RGB" ? pixels : clamped;
    it(`${how} ${mode} ${image.width}x${image.height}`, () => {
      const made = fit(unpack(images[mode]), image.width, image.height, how, { fill: [10, 20, 30, 40] });
      expect(made.image).toEqual(unpack(image));
    });
  }
});

describe("fit", () => {
  const picture = pixels(images.RGB); // 29x17

  it("tells where contain put the picture, and fills with zeros", () => {
    const { image, box } = fit(picture, 29, 21, "contain");
    expect(box).toEqual({ x: 0, y: 2, width: 29, height: 17 });
    expect(image.data.subarray(3 * 29 * 2, 3 * 29 * 19)).toEqual(picture.data);
    expect(image.data.subarray(0, 3 * 29 * 2).every((byte) => byte === 0)).toBe(true);
    expect(fit(picture, 100, 1, "contain").box).toEqual({ x: 49, y: 0, width: 2, height: 1 });
  });

  it("tells the whole new picture otherwise", () => {
    const box = { x: 0, y: 0, width: 8, height: 8 };
    expect(fit(picture, 8, 8).box).toEqual(box);
    expect(fit(picture, 8, 8, "stretch").box).toEqual(box);
  });
});
