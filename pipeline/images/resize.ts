import { premultiply, unpremultiply } from "./filters/premultiply.ts";
import { resampleColumns, resampleRows } from "./filters/resample.ts";
import { type Filter, resampleWeights } from "./filters/resample_weights.ts";
import { channelsOf, type Raster, rasterLike } from "./raster.ts";

export type { Filter };

/** A rectangle of a picture, in pixels from its upper left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Brings a picture to `width` columns and `height` rows, antialiased, to the bit as Pillow's `Image.resize`. Colours of RGBA
 * are weighed by their alpha. A picture that has the size already is given back as it is.
 *
 * @param box the part to take, fractions of pixels allowed; all of it where not told
 * @throws RangeError where the size is not whole numbers from 1 on or the box does not lie in the picture
 */
export function resize<Kind extends Raster>(
  image: Kind,
  width: number,
  height: number,
  filter: Filter = "lanczos",
  box: Box = { x: 0, y: 0, width: image.width, height: image.height },
): Kind {
  for (const [name, size] of Object.entries({ width, height })) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`New ${name} is ${size}; expected a whole number of pixels from 1 on`);
    }
  }
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  if (
    !(box.x >= 0 && box.y >= 0 && box.width > 0 && box.height > 0 && right <= image.width && bottom <= image.height)
  ) {
    throw new RangeError(`Box ${JSON.stringify(box)} does not lie in a picture of ${image.width}x${image.height}`);
  }
  const channels = channelsOf(image);
  const columns = box.x !== 0 || right !== width || width !== image.width;
  const rows = box.y !== 0 || bottom !== height || height !== image.height;
  if (!columns && !rows) return image;
  const across = (data: Uint8ClampedArray) =>
    columns
      ? resampleRows(data, image.width, channels, resampleWeights(filter, image.width, box.x, right, width))
      : data;
  const down = (data: Uint8ClampedArray, columns: number) =>
    rows
      ? resampleColumns(data, columns * channels, resampleWeights(filter, image.height, box.y, bottom, height))
      : data;
  // Each pass rounds, so the order can be seen; this is Pillow's.
  const rowsFirst = image.height > height && image.height - height > 2 * (image.width - width);
  // One type of array, or the engine compiles the inner loops for any.
  const bytes = new Uint8ClampedArray(image.data.buffer, image.data.byteOffset, image.data.length);
  const data = channels === 4 ? premultiply(bytes) : bytes;
  const resized = rowsFirst ? across(down(data, image.width)) : down(across(data), width);
  return rasterLike(image, width, height, channels === 4 ? unpremultiply(resized) : resized);
}
