/**
 * Multiplies the hidden state of each token by its weight and scales all of them so that their mean is what it was, as
 * AUTOMATIC1111's web UI does for one chunk (`EmphasisOriginal` of its `modules/sd_emphasis.py`).
 *
 * @param hidden hidden states of one chunk, [N, D]
 * @param weights one for each of the N tokens
 * @returns new hidden states, [N, D]
 * @throws {RangeError} if `hidden` is not N rows
 */
export function emphasize(hidden: Float32Array, weights: readonly number[]): Float32Array {
  const width = hidden.length / weights.length;
  if (!Number.isInteger(width)) {
    throw new RangeError(`Hidden states are ${hidden.length} numbers; they must be rows for ${weights.length} weights`);
  }
  const weighted = hidden.map((value, i) => value * weights[Math.floor(i / width)]!);
  const total = sum(weighted);
  // Nothing scales a mean of zero back, and to try would give infinite numbers.
  const scale = total === 0 ? 1 : sum(hidden) / total;
  return weighted.map((value) => value * scale);
}

function sum(values: Float32Array): number {
  return values.reduce((subtotal, value) => subtotal + value, 0);
}
