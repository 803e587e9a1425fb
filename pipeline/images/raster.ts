/** A picture of bytes, row-major: `Pixels` (RGB), `Rgba` or `Mask` (one channel), as the number of bytes tells. */
export interface Raster {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** `channels * width * height` bytes. */
  readonly data: Uint8Array<ArrayBuffer> | Uint8ClampedArray<ArrayBuffer>;
}

/**
 * Bytes of one pixel.
 *
 * @throws RangeError where the bytes are not one, three or four for each pixel
 */
export function channelsOf({ width, height, data }: Raster): 1 | 3 | 4 {
  const channels = data.length / (width * height);
  if (channels === 1 || channels === 3 || channels === 4) return channels;
  throw new RangeError(`Picture holds ${data.length} bytes; ${width}x${height} needs 1, 3 or 4 for each pixel`);
}

/** A picture of the same kind as `like` with other bytes. */
export function rasterLike<Kind extends Raster>(
  like: Kind,
  width: number,
  height: number,
  data: Uint8ClampedArray,
): Kind {
  return { ...like, width, height, data: like.data instanceof Uint8ClampedArray ? data : new Uint8Array(data.buffer) };
}
