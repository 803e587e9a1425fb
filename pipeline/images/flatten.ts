import { blend } from "./filters/blend.ts";
import type { Pixels } from "./pixels.ts";
import type { Rgba } from "./read/rgba.ts";

/**
 * Lays a picture over one colour, as Pillow's `paste` with the picture's alpha as mask does. Colours of transparent pixels,
 * which nobody sees, do not come through.
 *
 * @param colour RGB, 0 to 255 each; white where not told
 */
export function flatten(
  { width, height, data }: Rgba,
  colour: readonly [red: number, green: number, blue: number] = [255, 255, 255],
): Pixels {
  const flat = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const alpha = data[4 * pixel + 3]!;
    for (let i = 0; i < 3; i++) flat[3 * pixel + i] = blend(colour[i]!, data[4 * pixel + i]!, alpha);
  }
  return { width, height, data: flat };
}
