import { encode } from "fast-png";

/** Red, green, blue and alpha. */
type Colour = readonly [number, number, number, number];

/** A PNG with alpha, its pixels given one by one. */
export function png(width: number, height: number, pixel: (x: number, y: number) => Colour): Uint8Array<ArrayBuffer> {
  const pixels = Array.from({ length: width * height }, (_, i) => pixel(i % width, Math.floor(i / width)));
  return Uint8Array.from(encode({ width, height, data: Uint8Array.from(pixels.flat()), channels: 4 }));
}

/** A picture to start from. */
export const PICTURE = png(96, 64, (x, y) => [2 * x, 3 * y, 128, 255]);
/** A mask over it: the left third is transparent. */
export const MASK = png(96, 64, (x) => [0, 0, 0, x < 32 ? 0 : 255]);

/** Bytes as a file of a form. */
export function fileOf(bytes: Uint8Array<ArrayBuffer>, name = "picture.png"): File {
  return new File([bytes], name, { type: "image/png" });
}
