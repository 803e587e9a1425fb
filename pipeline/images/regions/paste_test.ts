import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { clamped, filtersReference, pixels } from "../../../tests/images/filters_reference.ts";
import { flatten } from "../flatten.ts";
import { paste } from "./paste.ts";

const { images, other, soft, composite, over_white } = filtersReference;
const [original, generated, mask] = [pixels(images.RGB), pixels(other), clamped(soft)];

describe("paste", () => {
  const pasted = paste(generated, original, mask);

  it("gives Pillow's composite", () => expect(pasted).toEqual(pixels(composite)));

  it("leaves every byte where the mask is 0, takes every byte where it is 255", () => {
    expect(new Set(mask.data).size).toBeGreaterThan(20);
    for (const [pixel, opacity] of mask.data.entries()) {
      const bytes = ({ data }: { data: Uint8Array }) => [...data.subarray(3 * pixel, 3 * pixel + 3)];
      if (opacity === 0) expect(bytes(pasted)).toEqual(bytes(original));
      if (opacity === 255) expect(bytes(pasted)).toEqual(bytes(generated));
    }
  });

  it("refuses three that are not of one size", () => {
    const turned = { width: 17, height: 29 };
    expect(() => paste({ ...generated, ...turned }, original, mask)).toThrow("Size of generated is 17x29");
    expect(() => paste(generated, original, { ...mask, ...turned })).toThrow(
      "Size of mask is 17x29; expected the original's 29x17",
    );
  });
});

describe("flatten", () => {
  it("gives what Pillow pastes onto white", () => expect(flatten(clamped(images.RGBA))).toEqual(pixels(over_white)));

  it("shows the colour behind what is transparent, and only the picture where it is opaque", () => {
    const data = Uint8ClampedArray.of(9, 9, 9, 0, 9, 8, 7, 255);
    expect([...flatten({ width: 2, height: 1, data }, [1, 2, 3]).data]).toEqual([1, 2, 3, 9, 8, 7]);
  });
});
