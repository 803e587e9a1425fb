import type { Mask } from "../mask.ts";
import { paste } from "./paste.ts";
import type { Pixels } from "../pixels.ts";
import { type Box, resize } from "../resize.ts";

/** A picture of its own size, and what of it is made anew at another. */
export interface Pasting {
  readonly image: Pixels;
  /** Of the picture's size. */
  readonly mask: Mask;
  /** The part of the picture that is worked on; the mask is 0 outside. */
  readonly box: Box;
}

/**
 * Brings what was generated to the size of the box and puts it into the picture where the mask says: every byte where the
 * mask is 0 stays.
 */
export function pasteRegion(generated: Pixels, { image, mask, box: { x, y, width, height } }: Pasting): Pixels {
  const part = resize(generated, width, height);
  const made = { ...image, data: image.data.slice() };
  for (let row = 0; row < height; row++) {
    const stride = 3 * width;
    made.data.set(part.data.subarray(row * stride, (row + 1) * stride), 3 * ((y + row) * image.width + x));
  }
  return paste(made, image, mask);
}
