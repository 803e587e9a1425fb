/** `Device.mix` in plain TypeScript: a · mask + b · (1 − mask); a and b are [B, C, h, w], mask is [B, 1, h, w]. */
export function mix(a: Float32Array, b: Float32Array, mask: Float32Array, dims: readonly number[]): Float32Array {
  const [, channels, h, w] = dims as [number, number, number, number];
  const plane = h * w;
  return a.map((value, i) => {
    const m = mask[Math.floor(i / (channels * plane)) * plane + i % plane]!;
    return value * m + b[i]! * (1 - m);
  });
}
