import type { Mask } from "../mask.ts";
import type { Box } from "../resize.ts";

/** First and last position, exclusive. */
type Span = readonly [start: number, end: number];

/**
 * The part of a picture around what is to be painted anew, in the shape of `width` by `height` as far as the picture reaches:
 * diffusers' `VaeImageProcessor.get_crop_region`, which is AUTOMATIC1111's.
 *
 * @param padding pixels that are taken along at each side, at least
 * @throws RangeError where nothing is to be painted anew
 */
export function maskRegion(mask: Mask, width: number, height: number, padding: number): Box {
  const [columns, rows] = spansOf(mask);
  let across = padded(columns, padding, mask.width);
  let down = padded(rows, padding, mask.height);
  const [w, h] = [across[1] - across[0], down[1] - down[0]];
  const ratio = width / height;
  if (w / h > ratio) down = grown(down, Math.trunc(w / ratio - h), mask.height);
  else across = grown(across, Math.trunc(h * ratio - w), mask.width);
  return { x: across[0], y: down[0], width: across[1] - across[0], height: down[1] - down[0] };
}

function spansOf({ width, data }: Mask): readonly [columns: Span, rows: Span] {
  let [left, right, top, bottom] = [Infinity, 0, Infinity, 0];
  for (const [pixel, value] of data.entries()) {
    if (value === 0) continue;
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
  }
  if (right === 0) throw new RangeError("Mask is 0 everywhere; expected something to be painted anew");
  return [[left, right], [top, bottom]];
}

function padded([start, end]: Span, padding: number, length: number): Span {
  return [Math.max(0, start - padding), Math.min(length, end + padding)];
}

/** Longer by so much on both sides, moved back into the picture, and cut where it is too long for it. */
function grown([start, end]: Span, by: number, length: number): Span {
  const from = start - Math.floor(by / 2);
  const to = from + (end - start) + by;
  const moved = Math.max(0, from - Math.max(0, to - length));
  return [moved, Math.min(length, moved + to - from)];
}
