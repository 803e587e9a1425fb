import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { backProject } from "./back_project.ts";
import type { Pixels } from "./pixels.ts";
import { resize } from "./resize.ts";

const SIDE = 64;

/** A picture with smooth and sharp parts. */
function painted(shift: number, contrast = 1): Pixels {
  const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)];
    const edge = (x - 30) ** 2 + (y - 24) ** 2 < 200 ? 60 : 0;
    return 128 + shift + contrast * (40 * Math.sin(x / 5 + i % 3) + edge - 30);
  });
  return { width: SIDE, height: SIDE, data };
}

function distance(a: Pixels, b: Pixels): number {
  return a.data.reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0) / a.data.length;
}

describe("backProject", () => {
  const truth = painted(0);
  const small = resize(truth, SIDE / 4, SIDE / 4, "bilinear");
  const guess = painted(12, 0.7);

  it("comes nearer to the small picture with each round, and to the picture that it was made from", () => {
    const results = [0, 1, 2].map((rounds) => backProject(guess, small, rounds));
    const toSmall = results.map((result) => distance(resize(result, small.width, small.height, "bilinear"), small));
    const toTruth = results.map((result) => distance(result, truth));
    for (const distances of [toSmall, toTruth]) expect(distances).toEqual(distances.toSorted((a, b) => b - a));
    expect(toSmall[2]).toBeLessThan(toSmall[0]! / 20);
    expect(toTruth[2]).toBeLessThan(toTruth[0]! / 2);
  });

  it("leaves a picture that agrees as it is, but for rounding", () => {
    expect(distance(backProject(truth, small, 3), truth)).toBeLessThan(1);
  });

  it("does nothing in no rounds, and stays within bytes", () => {
    expect(backProject(guess, small, 0)).toBe(guess);
    const white: Pixels = { width: 8, height: 8, data: new Uint8Array(3 * 64).fill(250) };
    const brighter: Pixels = { width: 2, height: 2, data: new Uint8Array(12).fill(255) };
    expect(new Set(backProject(white, brighter, 5).data)).toEqual(new Set([255]));
  });
});
