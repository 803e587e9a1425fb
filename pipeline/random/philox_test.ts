import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { philox4x32, PhiloxGenerator } from "./philox.ts";

describe("philox4x32", () => {
  // Known answers published with Random123, the authors' implementation (tests/kat_vectors, philox4x32 with 10 rounds).
  it("gives the authors' known answers", () => {
    expect(philox4x32([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const ones = 0xffffffff;
    expect(philox4x32([ones, ones, ones, ones], [ones, ones]))
      .toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
    expect(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]))
      .toEqual([0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
  });
});

describe("PhiloxGenerator", () => {
  // torch.manual_seed(0); torch.randn(3, 4, device="cuda"), as published in A1111's modules/rng_philox.py.
  const CUDA = [
    [-0.92466259, -0.42534415, -2.6438457, 0.14518388],
    [-0.12086647, -0.57972564, -0.62285122, -0.32838709],
    [-1.07454231, -0.36314407, -1.67105067, 2.26550497],
  ].flat();

  it("draws what CUDA draws", () => {
    const drawn = new PhiloxGenerator(0).normals(CUDA.length);
    CUDA.forEach((value, i) => expect(Math.abs(drawn[i]! - value)).toBeLessThan(5e-7));
  });

  it("goes on with other numbers, whose mean square is 1", () => {
    const generator = new PhiloxGenerator(0);
    expect(generator.normals(4)).not.toEqual(generator.normals(4));
    const drawn = generator.normals(40000);
    expect(Math.abs(drawn.reduce((sum, value) => sum + value * value, 0) / drawn.length - 1)).toBeLessThan(0.03);
  });

  it("lets all 64 bits of the seed count", () => {
    const draw = (seed: bigint) => new PhiloxGenerator(seed).normals(4);
    expect(draw(2n ** 32n)).not.toEqual(draw(0n));
    expect(() => draw(2n ** 64n)).toThrow("Seed is 18446744073709551616");
  });
});
