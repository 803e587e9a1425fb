/** Below this angle between two vectors the straight line is as good, and the arc would divide by almost nothing. */
const SMALLEST_SINE = 1e-4;

/**
 * Goes along the arc between two vectors (Shoemake 1985), so that a blend of two normal noises is as strong as either.
 *
 * @param t 0 gives `from`, 1 gives `to`
 */
export function slerp(from: Float32Array, to: Float32Array, t: number): Float32Array {
  let [dot, a, b] = [0, 0, 0];
  for (let i = 0; i < from.length; i++) {
    dot += from[i]! * to[i]!;
    a += from[i]! ** 2;
    b += to[i]! ** 2;
  }
  const angle = Math.acos(Math.min(1, Math.max(-1, dot / Math.sqrt(a * b))));
  const sine = Math.sin(angle);
  const isLine = !(sine > SMALLEST_SINE);
  const x = isLine ? 1 - t : Math.sin((1 - t) * angle) / sine;
  const y = isLine ? t : Math.sin(t * angle) / sine;
  return from.map((value, i) => x * value + y * to[i]!);
}
