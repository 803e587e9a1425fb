import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import reference from "../../tests/reference/random.json" with { type: "json" };
import { TorchGenerator } from "./random.ts";

/** PyTorch's vectorised logarithm and cosine differ from the exact ones by this much at most. */
const TOLERANCE = 1e-6;

function worst(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(...expected.map((value, i) => Math.abs(actual[i]! - value)));
}

describe("TorchGenerator", () => {
  for (const { seed, values } of reference.single) {
    it(`draws torch.randn(${values.length}) of seed ${seed}`, () => {
      expect(worst(new TorchGenerator(BigInt(seed)).normals(values.length), values)).toBeLessThan(TOLERANCE);
    });
  }

  for (const { seed, calls } of reference.streams) {
    it(`goes on as torch does after seed ${seed}`, () => {
      const generator = new TorchGenerator(Number(seed));
      for (const values of calls) expect(worst(generator.normals(values.length), values)).toBeLessThan(TOLERANCE);
    });
  }

  for (const { seed, count, positions, values, mean, meanSquare } of reference.large) {
    it(`draws ${count} numbers as torch does`, () => {
      const drawn = new TorchGenerator(seed).normals(count);
      expect(worst(positions.map((position) => drawn[position]!), values)).toBeLessThan(TOLERANCE);
      expect(drawn.reduce((sum, value) => sum + value, 0) / count).toBeCloseTo(mean, 6);
      expect(drawn.reduce((sum, value) => sum + value * value, 0) / count).toBeCloseTo(meanSquare, 6);
    });
  }

  it("takes a seed as number and as bigint alike", () => {
    expect(new TorchGenerator(2 ** 40 + 5).normals(4)).toEqual(new TorchGenerator(2n ** 40n + 5n).normals(4));
  });

  for (const seed of [-1, 1.5, NaN, Infinity, 2 ** 53, -1n, 2n ** 64n]) {
    it(`refuses the seed ${seed}`, () => {
      expect(() => new TorchGenerator(seed)).toThrow(RangeError);
      expect(() => new TorchGenerator(seed)).toThrow(`Seed is ${seed}`);
    });
  }
});
