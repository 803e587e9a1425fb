import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { clamped, filtersReference, pixels } from "../../tests/images/filters_reference.ts";
import { binarise, feather, invert, latentMask, maskFromAlpha, maskFromLuminance } from "./mask.ts";

const { images, luminance, mask, noise, blurred, latent } = filtersReference;
const from128 = (data: Uint8ClampedArray) => data.map((byte) => byte >= 128 ? 255 : 0);

describe("a mask", () => {
  const rgba = clamped(images.RGBA);

  it("from luminance is Pillow's grey from 128 on", () => {
    const { width, height, data } = pixels(images.RGB);
    const opaque = new Uint8ClampedArray(4 * width * height).fill(255);
    for (let i = 0; i < data.length; i++) opaque[4 * Math.floor(i / 3) + i % 3] = data[i]!;
    const made = maskFromLuminance({ width, height, data: opaque });
    expect(made).toEqual({ width, height, data: from128(clamped(luminance).data) });
  });

  it("from luminance keeps what is transparent, whatever its colour", () => {
    const data = Uint8ClampedArray.of(255, 255, 255, 0, 255, 255, 255, 255, 0, 0, 0, 255);
    expect([...maskFromLuminance({ width: 3, height: 1, data }).data]).toEqual([0, 255, 0]);
  });

  it("from alpha repaints what is transparent", () => {
    const alpha = rgba.data.filter((_, i) => i % 4 === 3);
    expect(maskFromAlpha(rgba).data).toEqual(alpha.map((byte) => byte <= 127 ? 255 : 0));
  });

  it("is binarised as diffusers does it, and inverted", () => {
    const binary = binarise(clamped(latent.mask));
    expect([...binary.data].map((byte) => byte / 255)).toEqual(latent.binary);
    expect([...invert(binary).data].map((byte) => byte / 255)).toEqual(latent.binary.map((bit) => 1 - bit));
  });
});

describe("feather gives Pillow's bytes", () => {
  for (const { of, radius, image } of blurred) {
    it(`${of} by ${radius}`, () => {
      expect(feather(clamped(of === "mask" ? mask : noise), radius)).toEqual(clamped(image));
    });
  }

  it("or refuses a radius that is none", () => {
    for (const bad of [-1, NaN, Infinity]) {
      expect(() => feather(clamped(mask), bad)).toThrow(`Radius of the mask's feather is ${bad}; expected a number`);
    }
  });
});

describe("latentMask", () => {
  const binary = binarise(clamped(latent.mask));

  it("takes the highest of each block, as torch's max_pool2d", () => {
    expect(latentMask(binary, 4)).toEqual({ dims: [1, 1, 4, 6], data: Float32Array.from(latent.max) });
  });

  it("takes the nearest, as diffusers' pipelines do", () => {
    expect(latentMask(binary, 4, "nearest")).toEqual({ dims: [1, 1, 4, 6], data: Float32Array.from(latent.nearest) });
  });

  it("keeps fractions of a soft mask", () => {
    const data = Uint8ClampedArray.of(0, 51, 102, 0);
    expect(latentMask({ width: 2, height: 2, data }, 2).data).toEqual(Float32Array.of(0.4));
  });

  it("refuses sizes that are no multiples of the factor", () => {
    expect(() => latentMask(binary, 5)).toThrow("Mask is 24x16; expected multiples of the latents' factor 5");
  });
});
