import { describe, it } from "@std/testing/bdd";
import { expect } from "@std/expect";
import { MODEL } from "../../tests/fakes/models.ts";
import { gridSize, tileCount, tileGrid } from "./tile_grid.ts";

/** Sizes from 64 to 256 in steps of 16, trained with 128x96, factor 8. */
const SIDES = [1, 63, 64, 65, 255, 256, 257, 272, 300, 511, 1000, 2047, 4096];

describe("tileGrid", () => {
  it("takes one tile wherever the model makes the size", () => {
    expect(tileGrid(96, 256, MODEL)).toEqual({ width: 96, height: 256, left: [0], top: [0] });
    expect(tileGrid(250, 4, MODEL)).toEqual({ width: 256, height: 64, left: [0], top: [0] });
  });

  it("covers every size with tiles that the model makes, each beginning with a whole latent and sharing some", () => {
    for (const width of SIDES) {
      for (const height of SIDES) {
        const grid = tileGrid(width, height, MODEL);
        const size = gridSize(grid);
        expect(size.width).toBeGreaterThanOrEqual(width);
        expect(size.height).toBeGreaterThanOrEqual(height);
        for (const [tile, starts] of [[grid.width, grid.left], [grid.height, grid.top]] as const) {
          expect([tile % MODEL.sizeMultiple, tile >= MODEL.size.min, tile <= MODEL.size.max]).toEqual([0, true, true]);
          expect(starts.map((start) => start % MODEL.factor)).toEqual(starts.map(() => 0));
          starts.slice(1).forEach((start, i) => expect(starts[i]! + tile - start).toBeGreaterThanOrEqual(16));
        }
      }
    }
  });

  it("asks for little more work than the picture has pixels", () => {
    for (const side of [600, 1000, 2048, 4096]) {
      const grid = tileGrid(side, side, MODEL);
      expect(grid.width * grid.height * tileCount(grid) / side ** 2).toBeLessThan(1.45);
    }
  });

  it("has tiles of the only size that a model was exported for", () => {
    const fixed = { ...MODEL, fixedSize: { width: 128, height: 96 } };
    expect(tileGrid(4, 4, fixed)).toEqual({ width: 128, height: 96, left: [0], top: [0] });
    expect(tileGrid(200, 96, fixed)).toEqual({ width: 128, height: 96, left: [0, 80], top: [0] });
  });
});
