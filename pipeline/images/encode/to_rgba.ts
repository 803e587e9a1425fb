import type { Pixels } from "../pixels.ts";

/** Opaque RGBA bytes of a picture, as the codecs want it. */
export function toRgba({ width, height, data }: Pixels): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let i = 0; i < 3; i++) rgba[4 * pixel + i] = data[3 * pixel + i]!;
  }
  return rgba;
}
