import type { Rgba } from "./rgba.ts";

/**
 * Turns a picture so that it stands as it was seen (EXIF 2.32, tag 0x0112): 2 mirrored, 3 upside down, 4 both, 5 to 8
 * rows and columns exchanged. Orientation 1 gives the picture itself.
 */
export function orient(image: Rgba, orientation: number): Rgba {
  if (orientation === 1) return image;
  const exchanged = orientation >= 5;
  const mirrored = [2, 3, 6, 7].includes(orientation);
  const flipped = [3, 4, 7, 8].includes(orientation);
  const [width, height] = exchanged ? [image.height, image.width] : [image.width, image.height];
  const from = new Uint32Array(image.data.buffer, image.data.byteOffset, width * height);
  const to = new Uint32Array(width * height);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const column = mirrored ? width - 1 - x : x;
      const row = flipped ? height - 1 - y : y;
      to[at++] = from[exchanged ? column * image.width + row : row * image.width + column]!;
    }
  }
  return { width, height, data: new Uint8ClampedArray(to.buffer) };
}
