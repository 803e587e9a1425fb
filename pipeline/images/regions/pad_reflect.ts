import { channelsOf, type Raster, rasterLike } from "../raster.ts";

/**
 * Adds columns at the right and rows at the bottom that mirror the picture without repeating its border (NumPy's `reflect`),
 * again and again where that is not enough.
 *
 * @throws RangeError where the new size is smaller
 */
export function padReflect<Kind extends Raster>(image: Kind, width: number, height: number): Kind {
  if (width < image.width || height < image.height) {
    throw new RangeError(`Size to pad to is ${width}x${height}; expected at least ${image.width}x${image.height}`);
  }
  if (width === image.width && height === image.height) return image;
  const channels = channelsOf(image);
  const data = new Uint8ClampedArray(channels * width * height);
  for (let y = 0; y < height; y++) {
    const row = mirrored(y, image.height) * image.width;
    for (let x = 0; x < width; x++) {
      const from = channels * (row + mirrored(x, image.width));
      for (let i = 0; i < channels; i++) data[channels * (y * width + x) + i] = image.data[from + i]!;
    }
  }
  return rasterLike(image, width, height, data);
}

/** 0 1 2 3 4 5 … of 3 become 0 1 2 1 0 1 …. */
function mirrored(at: number, length: number): number {
  const period = Math.max(1, 2 * (length - 1));
  const phase = at % period;
  return Math.min(phase, period - phase);
}
