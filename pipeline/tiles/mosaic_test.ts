import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { fill } from "../../tests/fakes/fake_generate.ts";
import { Mosaic } from "./mosaic.ts";
import type { TileGrid } from "./tile_grid.ts";

const GREY = 0x808080;
const grid: TileGrid = { width: 24, height: 16, left: [0, 16, 24], top: [0, 8] };
const size = { width: 48, height: 24 };
const tiles = grid.top.flatMap((_, row) => grid.left.map((_, column) => [column, row] as const));

describe("Mosaic", () => {
  it("leaves a constant picture constant, whatever lies behind it and in whatever order", () => {
    for (const order of [tiles, tiles.toReversed()]) {
      for (const value of [0, 1, 127, 254, 255]) {
        const mosaic = new Mosaic(grid, fill(size, 0x00ff80));
        for (const [column, row] of order) mosaic.add(fill(grid, 0x010101 * value), column, row);
        expect(mosaic.picture()).toEqual(fill(size, 0x010101 * value));
      }
    }
  });

  it("goes from one tile to the next without a step", () => {
    const mosaic = new Mosaic({ ...grid, left: [0, 8], top: [0] }, fill({ width: 32, height: 16 }, GREY));
    mosaic.add(fill(grid, 0), 0, 0);
    mosaic.add(fill(grid, 0xffffff), 1, 0);
    const row = Array.from({ length: 32 }, (_, x) => mosaic.picture().data[3 * x]!);
    expect(row.slice(0, 8)).toEqual(Array(8).fill(0));
    expect(row.slice(24)).toEqual(Array(8).fill(255));
    const slope = row.slice(7, 25);
    expect(slope).toEqual(slope.toSorted((a, b) => a - b));
    // A raised cosine over 16 pixels is never steeper than π / 2 / 16 of its height.
    expect(Math.max(...slope.slice(1).map((value, i) => value - slope[i]!))).toBeLessThanOrEqual(
      255 * Math.PI / 32 + 1,
    );
  });

  it("shows the background where there is no tile yet", () => {
    const mosaic = new Mosaic(grid, fill(size, GREY));
    mosaic.add(fill(grid, 0xffffff), 0, 0);
    const { data } = mosaic.picture();
    expect([data[0], data[3 * 15], data[3 * 24], data[3 * 48 * 23]]).toEqual([255, 255, 128, 128]);
  });
});
