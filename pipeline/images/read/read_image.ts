import { decodeJpeg } from "../jpeg/jpeg_decode.ts";
import { decodePng } from "../png/png_decode.ts";
import { decodeWebp } from "../webp/webp_decode.ts";
import { readExif } from "./exif.ts";
import { checkBytes, checkSize, type ImageLimits } from "./image_limits.ts";
import { orient } from "./orient.ts";
import { pictureKind } from "./picture_kind.ts";
import type { Rgba } from "./rgba.ts";

export { ImageError } from "./image_error.ts";
export type { ImageLimits, Rgba };

const DECODERS = { png: decodePng, jpeg: decodeJpeg, webp: decodeWebp } as const;

/**
 * Reads a PNG, JPEG or WebP picture. The first bytes tell the kind and the header tells the size; both are checked before
 * anything is decoded. EXIF orientation is applied, and no other metadata kept.
 *
 * Grey, palette and RGB become RGBA; 16-bit samples are rounded to 8. Bytes count as sRGB: ICC profiles and `gAMA` are
 * stepped over, not applied, as diffusers and Pillow do. CMYK, 12-bit, lossless and arithmetic-coded JPEG and all animated
 * pictures are refused by name.
 *
 * The work is done without a pause, up to 50 ms for each million pixels: where others wait, do it in a worker.
 *
 * @throws ImageError `unsupported_image` for another kind, `image_too_large` for a size over the limits, `invalid_image`
 * for bytes that are broken or cut off
 */
export async function readImage(bytes: Uint8Array, limits: ImageLimits = {}): Promise<Rgba> {
  checkBytes(bytes.length, limits);
  const decode = DECODERS[pictureKind(bytes)];
  const { exif, ...image } = await decode(bytes, (width, height) => checkSize(width, height, limits));
  return orient(image, exif ? readExif(exif).orientation : 1);
}
