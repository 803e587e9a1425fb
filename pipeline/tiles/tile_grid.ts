import type { ModelInfo } from "../../models/model_info.ts";

/** Where the tiles of a picture lie, in pixels of the result; all are of one size, together they cover it and more. */
export interface TileGrid {
  /** Columns and rows of each tile. */
  readonly width: number;
  readonly height: number;
  /** First column of the tiles of each row, from 0. */
  readonly left: readonly number[];
  /** First row of the tiles of each column, from 0. */
  readonly top: readonly number[];
}

/** Neighbours share at least about this part of the size that the model was trained with. */
const OVERLAP = 1 / 4;

/**
 * How super-resolution covers a result of `width` x `height` pixels, rounded up to what the model makes: by one tile where it
 * makes that size, and otherwise by as few overlapping ones as it can. Large tiles beat many of the trained size: what they
 * show is seen as a whole.
 */
export function tileGrid(width: number, height: number, model: ModelInfo): TileGrid {
  const across = sideOf("width", width, model);
  const down = sideOf("height", height, model);
  return { width: across.tile, height: down.tile, left: across.starts, top: down.starts };
}

/** Tiles of one length at even distances, each beginning with a whole latent. */
function sideOf(
  side: "width" | "height",
  pixels: number,
  { defaults, factor, fixedSize, size, sizeMultiple }: ModelInfo,
): { readonly tile: number; readonly starts: readonly number[] } {
  const roundUp = (length: number) => Math.ceil(length / sizeMultiple) * sizeMultiple;
  const { min, max } = fixedSize ? { min: fixedSize[side], max: fixedSize[side] } : size;
  const whole = Math.max(min, roundUp(pixels));
  const overlap = roundUp(defaults[side] * OVERLAP);
  const count = whole <= max ? 1 : Math.ceil((whole - overlap) / (max - overlap));
  const tile = Math.max(min, Math.min(max, roundUp((whole + (count - 1) * overlap) / count)));
  const distance = (whole - tile) / Math.max(1, count - 1);
  return { tile, starts: Array.from({ length: count }, (_, i) => Math.round(i * distance / factor) * factor) };
}

/** How many tiles there are. */
export function tileCount({ left, top }: TileGrid): number {
  return left.length * top.length;
}

/** Pixels of what all tiles cover together. */
export function gridSize({ width, height, left, top }: TileGrid): { readonly width: number; readonly height: number } {
  return { width: left.at(-1)! + width, height: top.at(-1)! + height };
}
