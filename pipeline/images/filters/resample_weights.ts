/** Kernels and how far they reach, as Pillow defines them (libImaging/Resample.c). */
const KERNELS = {
  /** Means over areas: exact where the size is divided by a whole number. */
  area: [0.5, (x: number) => x > -0.5 && x <= 0.5 ? 1 : 0],
  bilinear: [1, (x: number) => Math.max(0, 1 - Math.abs(x))],
  /** Keys' cubic with a = -0.5. */
  bicubic: [2, (x: number) => cubic(Math.abs(x), -0.5)],
  lanczos: [3, (x: number) => x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0],
} as const satisfies Record<string, readonly [reach: number, kernel: (x: number) => number]>;

/** How a new pixel is made of old ones. */
export type Filter = keyof typeof KERNELS;

/** Fixed-point bits of a weight, as in Pillow: a byte, a sign and one bit of overshoot are left of 32. */
export const WEIGHT_BITS = 22;

/** What each new pixel of a line is made of. */
export interface Weights {
  /** First old pixel of each new one. */
  readonly first: Int32Array;
  /** How many old pixels each new one takes. */
  readonly count: Int32Array;
  /** Their weights times `2 ** WEIGHT_BITS`, `most` for each new pixel. */
  readonly weights: Int32Array;
  readonly most: number;
}

/**
 * Weights that bring the part from `start` to `end` (in old pixels, fractions allowed) of a line of `length` pixels to
 * `size` pixels. When shrinking, the kernel is stretched, so that nothing is skipped (antialiasing).
 */
export function resampleWeights(filter: Filter, length: number, start: number, end: number, size: number): Weights {
  const [reach, kernel] = KERNELS[filter];
  [start, end] = [Math.fround(start), Math.fround(end)]; // Pillow keeps them in single precision
  const scale = (end - start) / size;
  const stretch = Math.max(1, scale);
  const support = reach * stretch;
  const most = 2 * Math.ceil(support) + 1;
  const [first, count, weights] = [new Int32Array(size), new Int32Array(size), new Int32Array(size * most)];
  for (let to = 0; to < size; to++) {
    const centre = start + (to + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - support + 0.5));
    const taken = Math.min(length, Math.trunc(centre + support + 0.5)) - from;
    const values = Array.from({ length: taken }, (_, i) => kernel((i + from - centre + 0.5) / stretch));
    const sum = values.reduce((sum, value) => sum + value, 0);
    first[to] = from;
    count[to] = taken;
    for (const [i, value] of values.entries()) {
      const weight = value / sum * 2 ** WEIGHT_BITS;
      weights[to * most + i] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
  }
  return { first, count, weights, most };
}

function cubic(x: number, a: number): number {
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}
