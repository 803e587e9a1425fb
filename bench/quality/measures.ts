import type { Pixels } from "../../pipeline/images/pixels.ts";

/** Peak signal-to-noise ratio of two pictures of one size, in dB. */
export function psnr(a: Pixels, b: Pixels): number {
  const squares = a.data.reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / (squares / a.data.length));
}

/** The mean of some numbers. */
export function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** A line between pixels, from its first row or column to the one after its last. */
export interface Line {
  /** The column right of an upright line, the row below a level one. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly isUpright: boolean;
}

/** How far to both sides of a line neighbours are. */
const REACH = 4;

/**
 * How much pixels differ across a line: its own mean absolute difference, and that across the lines beside it, 2 to 4 pixels
 * away on both sides. Where the picture goes on without a seam the two are alike.
 */
export function steepness(picture: Pixels, line: Line): { readonly own: number; readonly beside: number } {
  const offsets = Array.from({ length: 2 * REACH + 1 }, (_, i) => i - REACH).filter((offset) => Math.abs(offset) > 1);
  const beside = offsets.map((offset) => across(picture, { ...line, at: line.at + offset }));
  return { own: across(picture, line), beside: mean(beside) };
}

function across({ width, data }: Pixels, { at, from, to, isUpright }: Line): number {
  let sum = 0;
  for (let along = from; along < to; along++) {
    const pixel = isUpright ? along * width + at : at * width + along;
    const before = pixel - (isUpright ? 1 : width);
    for (let i = 0; i < 3; i++) sum += Math.abs(data[3 * pixel + i]! - data[3 * before + i]!);
  }
  return sum / (3 * (to - from));
}

/** Hue in degrees, saturation and value (0 … 1) of a colour of bytes. */
export function hsv(
  red: number,
  green: number,
  blue: number,
): readonly [hue: number, saturation: number, value: number] {
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
  const range = most - least;
  if (range === 0) return [0, 0, most / 255];
  const sixth = most === red
    ? (green - blue) / range
    : most === green
    ? 2 + (blue - red) / range
    : 4 + (red - green) / range;
  return [(60 * sixth + 360) % 360, range / most, most / 255];
}
