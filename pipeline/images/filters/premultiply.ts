import { blend } from "./blend.ts";

/** Multiplies the colours of RGBA bytes by their alpha, to the bit as Pillow does it (`RGBA` to `RGBa`). */
export function premultiply(data: Uint8ClampedArray): Uint8ClampedArray<ArrayBuffer> {
  return eachColour(data, (colour, alpha) => blend(0, colour, alpha));
}

/** Divides the colours of RGBA bytes by their alpha, to the bit as Pillow does it (`RGBa` to `RGBA`). */
export function unpremultiply(data: Uint8ClampedArray): Uint8ClampedArray<ArrayBuffer> {
  return eachColour(data, (colour, alpha) => alpha === 0 ? colour : Math.floor(255 * colour / alpha));
}

function eachColour(
  data: Uint8ClampedArray,
  change: (colour: number, alpha: number) => number,
): Uint8ClampedArray<ArrayBuffer> {
  const changed = new Uint8ClampedArray(data);
  for (let at = 0; at < changed.length; at += 4) {
    const alpha = changed[at + 3]!;
    if (alpha < 255) { for (let i = at; i < at + 3; i++) changed[i] = change(changed[i]!, alpha); }
  }
  return changed;
}
