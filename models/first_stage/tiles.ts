/**
 * Big pictures through the autoencoder piece by piece: overlapping tiles, blended linearly where they overlap, as
 * `tiled_decode` and `tiled_encode` of diffusers' `AutoencoderKL` do.
 *
 * @module
 */

/** Planes of one size, row-major: the channels of all rows of a batch. */
export interface Planes {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly numbers: Float32Array;
}

/** How what goes in is cut. */
export interface Tiling {
  /** Rows and columns of a tile, a multiple of 4; of an encoder, of 4·f. */
  readonly tile: number;
  /** Rows and columns that come out for each that goes in: f of a decoder, 1/f of an encoder. */
  readonly scale: number;
}

/** What part of a tile overlaps the next (`tile_overlap_factor`). */
const OVERLAP = 0.25;

/**
 * Runs a network on overlapping tiles and joins what it gives. A tile at the end that lies wholly inside the one before it is
 * left out, where diffusers runs the network on that sliver, too.
 *
 * @param run gives `scale` times as many rows and columns as it takes
 */
export async function inTiles(
  whole: Planes,
  { tile, scale }: Tiling,
  run: (tile: Planes) => Promise<Planes>,
): Promise<Planes> {
  const step = Math.floor(tile * (1 - OVERLAP));
  const [kept, blend] = [step * scale, (tile - step) * scale];
  const [tops, lefts] = [starts(whole.height, tile, step), starts(whole.width, tile, step)];
  let joined: Planes | undefined;
  let above: Planes[] = [];
  for (const [i, top] of tops.entries()) {
    const row: Planes[] = [];
    for (const [j, left] of lefts.entries()) {
      const made = await run(crop(whole, top, left, tile));
      joined ??= planes(made.count, whole.height * scale, whole.width * scale);
      if (i > 0) blendRows(above[j]!, made, blend);
      if (j > 0) blendColumns(row[j - 1]!, made, blend);
      row.push(made);
      paste(joined, made, i * kept, j * kept);
    }
    above = row;
  }
  return joined!;
}

/** Where tiles begin, so that each has something of its own. */
function starts(length: number, tile: number, step: number): readonly number[] {
  const count = 1 + Math.max(0, Math.ceil((length - tile) / step));
  return Array.from({ length: count }, (_, index) => index * step);
}

function planes(count: number, height: number, width: number): Planes {
  return { count, height, width, numbers: new Float32Array(count * height * width) };
}

function crop(from: Planes, top: number, left: number, size: number): Planes {
  const cut = planes(from.count, Math.min(size, from.height - top), Math.min(size, from.width - left));
  for (let plane = 0; plane < cut.count; plane++) {
    for (let y = 0; y < cut.height; y++) {
      const at = (plane * from.height + top + y) * from.width + left;
      cut.numbers.set(from.numbers.subarray(at, at + cut.width), (plane * cut.height + y) * cut.width);
    }
  }
  return cut;
}

/** All of a tile that fits; what later tiles know better they paste over it. */
function paste(onto: Planes, tile: Planes, top: number, left: number): void {
  const [height, width] = [Math.min(tile.height, onto.height - top), Math.min(tile.width, onto.width - left)];
  for (let plane = 0; plane < tile.count; plane++) {
    for (let y = 0; y < height; y++) {
      const at = (plane * tile.height + y) * tile.width;
      onto.numbers.set(tile.numbers.subarray(at, at + width), (plane * onto.height + top + y) * onto.width + left);
    }
  }
}

/** The first rows of `b` go over from the last ones of `a` (`blend_v`). */
function blendRows(a: Planes, b: Planes, most: number): void {
  const extent = Math.min(a.height, b.height, most);
  for (let plane = 0; plane < b.count; plane++) {
    for (let y = 0; y < extent; y++) {
      const [from, to] = [(plane * a.height + a.height - extent + y) * a.width, (plane * b.height + y) * b.width];
      for (let x = 0; x < b.width; x++) mixInto(b.numbers, to + x, a.numbers[from + x]!, y / extent);
    }
  }
}

/** The first columns of `b` go over from the last ones of `a` (`blend_h`). */
function blendColumns(a: Planes, b: Planes, most: number): void {
  const extent = Math.min(a.width, b.width, most);
  for (let row = 0; row < b.count * b.height; row++) {
    const [from, to] = [row * a.width + a.width - extent, row * b.width];
    for (let x = 0; x < extent; x++) mixInto(b.numbers, to + x, a.numbers[from + x]!, x / extent);
  }
}

function mixInto(numbers: Float32Array, at: number, before: number, share: number): void {
  numbers[at] = before * (1 - share) + numbers[at]! * share;
}
