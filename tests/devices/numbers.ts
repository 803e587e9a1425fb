import { expect } from "@std/expect";
import type { Axes, Latents, Tensor } from "../../runtime/tensor.ts";
import { elements } from "../../runtime/tensor.ts";

/** Different numbers for every tensor and place, all between -2 and 2. */
export function numbers(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => 2 * Math.sin(1 + i * (seed + 0.37)));
}

/** Numbers as they lie in a tensor of these dims. */
export interface Grid {
  readonly dims: readonly [number, number, number, number];
  readonly data: Float32Array;
}

/** A grid [B, C, h, w] of different numbers. */
export function grid(dims: Grid["dims"], seed: number): Grid {
  return { dims, data: numbers(elements(dims), seed) };
}

/** A float64 array in which `at(b, c, y, x)` says what belongs where. */
export function fill([B, C, h, w]: Grid["dims"], at: (b: number, c: number, y: number, x: number) => number): number[] {
  const all: number[] = [];
  for (let b = 0; b < B; b++) {
    for (let c = 0; c < C; c++) {
      for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) all.push(at(b, c, y, x));
    }
  }
  return all;
}

/** The number at a place of a grid. */
export function at({ dims: [, C, h, w], data }: Grid, b: number, c: number, y: number, x: number): number {
  return data[((b * C + c) * h + y) * w + x]!;
}

/** Reads a tensor, disposes it and compares it: dims exactly, numbers to `tolerance`, relative above 1. */
export async function expectTensor(
  tensor: Tensor<Axes> | Latents,
  dims: readonly number[],
  expected: ArrayLike<number>,
  tolerance = 2e-6,
): Promise<void> {
  using used = tensor;
  const actual = await used.read();
  expect(used.dims).toEqual(dims);
  expect(actual.length).toBe(expected.length);
  const worst = actual.reduce((worst, number, i) => {
    const error = Math.abs(number - expected[i]!) / Math.max(1, Math.abs(expected[i]!));
    return error <= worst ? worst : error;
  }, 0);
  expect(worst).toBeLessThanOrEqual(tolerance);
}
