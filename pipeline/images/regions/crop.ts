import { channelsOf, type Raster, rasterLike } from "../raster.ts";
import type { Box } from "../resize.ts";

/**
 * The part of a picture that lies in a box of whole pixels.
 *
 * @throws RangeError where the box does not lie in the picture
 */
export function crop<Kind extends Raster>(image: Kind, box: Box): Kind {
  const { x, y, width, height } = box;
  const isInside = x >= 0 && y >= 0 && width >= 1 && height >= 1 && x + width <= image.width &&
    y + height <= image.height;
  if (!isInside || !Object.values(box).every(Number.isInteger)) {
    throw new RangeError(
      `Box ${JSON.stringify(box)} is no part of ${image.width}x${image.height} pixels; expected whole pixels within`,
    );
  }
  if (width === image.width && height === image.height) return image;
  const channels = channelsOf(image);
  const data = new Uint8ClampedArray(channels * width * height);
  for (let row = 0; row < height; row++) {
    const from = channels * ((y + row) * image.width + x);
    data.set(image.data.subarray(from, from + channels * width), channels * row * width);
  }
  return rasterLike(image, width, height, data);
}
