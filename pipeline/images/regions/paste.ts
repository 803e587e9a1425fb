import { blend } from "../filters/blend.ts";
import type { Mask } from "../mask.ts";
import { checkPixels, type Pixels } from "../pixels.ts";

/**
 * Puts what was generated into the original: original bytes where the mask is 0, generated ones where it is 255, a mix
 * between, as Pillow's `Image.composite` does it.
 *
 * @throws RangeError where the three are not of one size
 */
export function paste(generated: Pixels, original: Pixels, mask: Mask): Pixels {
  const { width, height } = original;
  for (const [name, one] of Object.entries({ generated, mask })) {
    if (one.width !== width || one.height !== height) {
      throw new RangeError(`Size of ${name} is ${one.width}x${one.height}; expected the original's ${width}x${height}`);
    }
  }
  checkPixels(generated);
  checkPixels(original);
  const data = original.data.slice();
  for (let pixel = 0; pixel < width * height; pixel++) {
    const opacity = mask.data[pixel]!;
    for (let i = 3 * pixel; i < 3 * pixel + 3; i++) data[i] = blend(original.data[i]!, generated.data[i]!, opacity);
  }
  return { width, height, data };
}
