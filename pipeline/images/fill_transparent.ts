import { flatten } from "./flatten.ts";
import type { Pixels } from "./pixels.ts";
import type { Rgba } from "./read/read_image.ts";

/** Opacities from here on are a part of the picture; below, a hole: the rule of `maskFromAlpha`. */
const OPAQUE = 128;

/**
 * Lays a picture over white, but gives its holes the colour of the nearest part of it (by steps to the side, up and down),
 * so that an encoder that looks at both does not bleed white into what stays.
 */
export function fillTransparent(image: Rgba): Pixels {
  const { width, height } = image;
  const flat = flatten(image);
  const isKnown = Uint8Array.from({ length: width * height }, (_, i) => image.data[4 * i + 3]! >= OPAQUE ? 1 : 0);
  const queue = [...isKnown.keys()].filter((i) => isKnown[i] === 1);
  // What is appended is visited, too: every hole is reached from the pixel that is nearest.
  for (const pixel of queue) {
    const x = pixel % width;
    for (
      const [next, isInside] of [[pixel - 1, x > 0], [pixel + 1, x < width - 1], [pixel - width, true], [
        pixel + width,
        true,
      ]] as const
    ) {
      if (!isInside || next < 0 || next >= isKnown.length || isKnown[next] === 1) continue;
      isKnown[next] = 1;
      flat.data.copyWithin(3 * next, 3 * pixel, 3 * pixel + 3);
      queue.push(next);
    }
  }
  return flat;
}
