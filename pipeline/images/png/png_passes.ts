import type { PngHeader } from "./png_header.ts";

/** A picture of its own inside a PNG: every `dx`-th pixel of every `dy`-th row, from column `x` and row `y` on. */
export interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly width: number;
  readonly height: number;
  /** Bytes of one row, without its filter number. */
  readonly stride: number;
}

/** First column and row, steps of columns and rows of Adam7's seven passes (PNG specification, section 8.2). */
const ADAM7 = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [
  0,
  1,
  1,
  2,
]] as const;

/** The passes of a PNG that have pixels, in the order of the file; one where it is not interlaced. */
export function passesOf({ width, height, depth, channels, interlaced }: PngHeader): readonly Pass[] {
  return (interlaced ? ADAM7 : [[0, 0, 1, 1] as const]).map(([x, y, dx, dy]) => {
    const columns = Math.ceil((width - x) / dx);
    const rows = Math.ceil((height - y) / dy);
    return { x, y, dx, dy, width: columns, height: rows, stride: Math.ceil(columns * channels * depth / 8) };
  }).filter((pass) => pass.width > 0 && pass.height > 0);
}
