/** One picture with alpha. */
export interface Rgba {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** RGBA of 8 bits each, row-major, `4 * width * height` bytes; alpha is straight: colours are not multiplied by it. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** A picture as its file holds it, not turned yet. */
export interface Decoded extends Rgba {
  /** TIFF bytes of its EXIF. */
  readonly exif?: Uint8Array;
}
