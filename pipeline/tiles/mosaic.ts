import type { Pixels } from "../images/pixels.ts";
import type { TileGrid } from "./tile_grid.ts";

/**
 * A picture that is put together from tiles in any order. Where tiles overlap, one fades into the other by raised cosines,
 * and where there is none yet, the background shows.
 */
export class Mosaic {
  readonly #grid: TileGrid;
  readonly #background: Pixels;
  /** The background, plus each tile's difference from it times the tile's weights, which add up to 1 in the end. */
  readonly #sum: Float32Array;
  readonly #across: readonly Float32Array[];
  readonly #down: readonly Float32Array[];

  /** @param background of the grid's size */
  constructor(grid: TileGrid, background: Pixels) {
    this.#grid = grid;
    this.#background = background;
    this.#sum = Float32Array.from(background.data);
    this.#across = weights(grid.left, grid.width);
    this.#down = weights(grid.top, grid.height);
  }

  /** Adds the tile at a column and row of the grid, once. */
  add(tile: Pixels, column: number, row: number): void {
    const { left, top, width, height } = this.#grid;
    const [across, down] = [this.#across[column]!, this.#down[row]!];
    for (let y = 0; y < height; y++) {
      const to = 3 * ((top[row]! + y) * this.#background.width + left[column]!);
      const from = 3 * y * width;
      for (let i = 0; i < 3 * width; i++) {
        const weight = down[y]! * across[Math.trunc(i / 3)]!;
        this.#sum[to + i]! += weight * (tile.data[from + i]! - this.#background.data[to + i]!);
      }
    }
  }

  /** The picture as far as it is done, in memory of its own. */
  picture(): Pixels {
    return { ...this.#background, data: new Uint8Array(Uint8ClampedArray.from(this.#sum).buffer) };
  }
}

/** How much each tile counts at each of its pixels along one side: 1, but for slopes over what it shares with neighbours. */
function weights(starts: readonly number[], length: number): readonly Float32Array[] {
  const slopes = starts.map((start, i) => {
    const before = i === 0 ? 0 : starts[i - 1]! + length - start;
    const after = i === starts.length - 1 ? 0 : start + length - starts[i + 1]!;
    return Float64Array.from({ length }, (_, at) => slope(at, before) * slope(length - 1 - at, after));
  });
  const sums = new Float64Array(starts.at(-1)! + length);
  starts.forEach((start, i) => slopes[i]!.forEach((weight, at) => sums[start + at]! += weight));
  return starts.map((start, i) => Float32Array.from(slopes[i]!, (weight, at) => weight / sums[start + at]!));
}

/** Half a period of a cosine, raised: from 0 to 1 over so many pixels. */
function slope(at: number, over: number): number {
  return at >= over ? 1 : 0.5 - 0.5 * Math.cos(Math.PI * (at + 0.5) / over);
}
