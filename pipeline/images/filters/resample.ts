import { WEIGHT_BITS, type Weights } from "./resample_weights.ts";

/** Half of one, so that shifting the fixed point away rounds. */
const HALF = 1 << (WEIGHT_BITS - 1);

/**
 * Makes the new pixels of each row from its old ones, rounded to bytes.
 *
 * @param data rows of `width * channels` bytes
 */
export function resampleRows(
  data: Uint8ClampedArray,
  width: number,
  channels: number,
  { first, count, weights, most }: Weights,
): Uint8ClampedArray {
  const size = first.length;
  const height = data.length / (width * channels);
  const made = new Uint8ClampedArray(size * height * channels);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < size; x++) {
      const from = (y * width + first[x]!) * channels;
      for (let channel = 0; channel < channels; channel++) {
        let sum = HALF;
        for (let i = 0; i < count[x]!; i++) sum += data[from + i * channels + channel]! * weights[x * most + i]!;
        made[at++] = sum >> WEIGHT_BITS;
      }
    }
  }
  return made;
}

/**
 * Makes new rows from old ones, rounded to bytes.
 *
 * @param stride bytes of one row
 */
export function resampleColumns(
  data: Uint8ClampedArray,
  stride: number,
  { first, count, weights, most }: Weights,
): Uint8ClampedArray {
  const size = first.length;
  const made = new Uint8ClampedArray(size * stride);
  const sums = new Int32Array(stride);
  for (let y = 0; y < size; y++) {
    sums.fill(HALF);
    for (let i = 0; i < count[y]!; i++) {
      const weight = weights[y * most + i]!;
      const from = (first[y]! + i) * stride;
      for (let x = 0; x < stride; x++) sums[x] = sums[x]! + data[from + x]! * weight;
    }
    for (let x = 0; x < stride; x++) made[y * stride + x] = sums[x]! >> WEIGHT_BITS;
  }
  return made;
}
