import type { Pixels } from "./pixels.ts";

/**
 * All pictures in one, row by row in a square as far as possible; the cells that are left over are white.
 *
 * @param pictures at least one, all of one size
 * @throws RangeError where their sizes differ
 */
export function contactSheet(pictures: readonly Pixels[]): Pixels {
  const columns = Math.ceil(Math.sqrt(pictures.length));
  const { width, height } = pictures[0]!;
  const sheet = { width: columns * width, height: Math.ceil(pictures.length / columns) * height };
  const data = new Uint8Array(3 * sheet.width * sheet.height).fill(255);
  for (const [index, picture] of pictures.entries()) {
    if (picture.width !== width || picture.height !== height) {
      throw new RangeError(
        `Picture ${index} is ${picture.width}x${picture.height}; expected ${width}x${height} as the first`,
      );
    }
    const [row, column] = [Math.floor(index / columns), index % columns];
    for (let y = 0; y < height; y++) {
      const line = picture.data.subarray(3 * y * width, 3 * (y + 1) * width);
      data.set(line, 3 * ((row * height + y) * sheet.width + column * width));
    }
  }
  return { ...sheet, data };
}
