import { NonFiniteError } from "./non_finite_error.ts";

/** One picture as bytes. */
export interface Pixels {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** RGB, row-major, `3 * width * height` bytes. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/**
 * Turns one picture of a planar batch `[B, 3, H, W]` with values in [-1, 1] into RGB bytes, to the bit as diffusers'
 * `VaeImageProcessor.postprocess` does it: `(x / 2 + 0.5).clamp(0, 1) * 255` in single precision, rounded half to even.
 *
 * @param index which picture of the batch
 * @throws RangeError where the batch holds no whole pictures of this size or no picture `index`
 * @throws NonFiniteError at NaN, which diffusers would paint black, and at infinity
 */
export function toPixels(images: Float32Array, width: number, height: number, index = 0): Pixels {
  const plane = width * height;
  const count = images.length / (3 * plane);
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(
      `Batch holds ${images.length} values; whole ${width}x${height} pictures need a multiple of ${3 * plane}`,
    );
  }
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new RangeError(`Index ${index} is outside the batch; expected a whole number from 0 to ${count - 1}`);
  }
  const start = 3 * plane * index;
  const bytes = new Uint8ClampedArray(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    for (let at = 0; at < plane; at++) {
      const x = images[start + channel * plane + at]!;
      if (!Number.isFinite(x)) {
        throw new NonFiniteError(
          `Picture ${index} is ${x} at channel ${channel}, row ${Math.floor(at / width)}, column ${at % width}; ` +
            "it must be numbers around [-1, 1]: try a model of higher precision, fewer steps or less guidance",
        );
      }
      // Storing into a clamped array is torch's clamp and round: ECMAScript defines ToUint8Clamp as half to even.
      bytes[3 * at + channel] = Math.fround(Math.fround(x / 2 + 0.5) * 255);
    }
  }
  return { width, height, data: new Uint8Array(bytes.buffer) };
}

/**
 * Turns RGB bytes into planar values in [-1, 1], shape `[1, 3, H, W]`, to the bit as diffusers'
 * `VaeImageProcessor.preprocess` does it: `2 * (byte / 255) - 1` in single precision.
 *
 * @throws RangeError where `data` is not `3 * width * height` bytes
 */
export function fromPixels(pixels: Pixels): Float32Array {
  checkPixels(pixels);
  const plane = pixels.width * pixels.height;
  const image = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    for (let at = 0; at < plane; at++) {
      image[channel * plane + at] = 2 * Math.fround(pixels.data[3 * at + channel]! / 255) - 1;
    }
  }
  return image;
}

/**
 * Checks that a picture's bytes fit its size.
 *
 * @throws RangeError that names both numbers
 */
export function checkPixels({ width, height, data }: Pixels): void {
  if (data.length !== 3 * width * height) {
    throw new RangeError(`Pixels hold ${data.length} bytes; ${width}x${height} RGB needs ${3 * width * height}`);
  }
}
