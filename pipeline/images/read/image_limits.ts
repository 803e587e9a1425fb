import { ImageError, invalid } from "./image_error.ts";

/** How large a picture may be that is sent to us. */
export interface ImageLimits {
  /** Columns and rows each; 4096 where not told, which is also the most. */
  readonly side?: number;
  /** Columns times rows; 4 · 2^20 where not told. */
  readonly pixels?: number;
  /** Encoded bytes; 20 · 2^20 where not told. */
  readonly bytes?: number;
}

const SIDE = 4096;
const PIXELS = 4 * 2 ** 20;
const BYTES = 20 * 2 ** 20;

/**
 * Checks a picture's encoded bytes.
 *
 * @throws ImageError `image_too_large`
 */
export function checkBytes(length: number, { bytes = BYTES }: ImageLimits): void {
  if (length > bytes) tooLarge(`has ${length} bytes; it must have at most ${bytes}`);
}

/**
 * Checks the size that a picture's header tells, before anything is decoded.
 *
 * @throws ImageError `image_too_large`, or `invalid_image` for a side of zero
 * @throws RangeError where the limits themselves are larger than 4096 columns or rows
 */
export function checkSize(width: number, height: number, { side = SIDE, pixels = PIXELS }: ImageLimits): void {
  if (!(side >= 1 && side <= SIDE)) throw new RangeError(`Limit of sides is ${side}; expected 1 to ${SIDE} pixels`);
  if (width === 0 || height === 0) throw invalid(`is ${width}x${height} pixels; it must be at least 1x1`);
  if (width > side || height > side) {
    tooLarge(`is ${width}x${height} pixels; each side must be at most ${side} pixels`);
  }
  if (width * height > pixels) {
    tooLarge(`is ${width}x${height}, ${width * height} pixels; it must have at most ${pixels} pixels`);
  }
}

function tooLarge(message: string): never {
  throw new ImageError("image_too_large", message);
}
