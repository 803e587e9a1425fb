import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { NonFiniteError } from "./non_finite_error.ts";
import { fromPixels, toPixels } from "./pixels.ts";

const reference = JSON.parse(
  Deno.readTextFileSync(new URL("../../tests/images/pixels_reference.json", import.meta.url)),
);
const { width, height } = reference;
const bytesOf = (base64: string) => Uint8Array.fromBase64(base64);
const floatsOf = (base64: string) => new Float32Array(bytesOf(base64).buffer);

describe("toPixels", () => {
  const images = floatsOf(reference.postprocess.images);

  it("gives diffusers' bytes for every picture of a batch, on and beside every rounding border", () => {
    for (const [index, pixels] of reference.postprocess.pixels.entries()) {
      expect(toPixels(images, width, height, index)).toEqual({ width, height, data: bytesOf(pixels) });
    }
  });

  it("rounds half to even: 126.5 to 126, 127.5 to 128, 128.5 to 128", () => {
    const halves = Float32Array.of(-2 / 255, 0, 2 / 255);
    expect([...halves].map((x) => Math.fround(Math.fround(x / 2 + 0.5) * 255))).toEqual([126.5, 127.5, 128.5]);
    expect([...toPixels(halves, 1, 1).data]).toEqual([126, 128, 128]);
  });

  it("refuses infinity, which would be white", () => {
    for (const number of [Infinity, -Infinity]) {
      expect(() => toPixels(new Float32Array(18).fill(number), 3, 2)).toThrow(NonFiniteError);
    }
  });

  it("refuses NaN with its place", () => {
    const bad = new Float32Array(2 * 3 * 6);
    bad[18 + 6 + 5] = NaN; // picture 1, channel 1, last of 2 rows × 3 columns
    expect(() => toPixels(bad, 3, 2, 0)).not.toThrow();
    expect(() => toPixels(bad, 3, 2, 1)).toThrow("Picture 1 is NaN at channel 1, row 1, column 2");
  });

  it("refuses a batch of another size and a picture it does not hold", () => {
    expect(() => toPixels(new Float32Array(13), 2, 2)).toThrow("Batch holds 13 values");
    expect(() => toPixels(new Float32Array(0), 2, 2)).toThrow("Batch holds 0 values");
    expect(() => toPixels(new Float32Array(12), 2, 2, 1)).toThrow("Index 1 is outside the batch");
    expect(() => toPixels(new Float32Array(12), 2, 2, -1)).toThrow("Index -1 is outside the batch");
  });
});

describe("fromPixels", () => {
  it("gives diffusers' values for every byte", () => {
    const image = fromPixels({ width, height, data: bytesOf(reference.preprocess.pixels) });
    expect(image).toEqual(floatsOf(reference.preprocess.image));
  });

  it("is undone by toPixels", () => {
    const data = Uint8Array.from({ length: 768 }, (_, i) => i);
    expect(toPixels(fromPixels({ width: 16, height: 16, data }), 16, 16).data).toEqual(data);
  });

  it("refuses bytes that do not fit the size", () => {
    expect(() => fromPixels({ width: 2, height: 2, data: new Uint8Array(11) })).toThrow(
      "Pixels hold 11 bytes; 2x2 RGB needs 12",
    );
  });
});
