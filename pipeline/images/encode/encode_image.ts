import { encodeJpeg } from "../jpeg/jpeg_encode.ts";
import { checkPixels, type Pixels } from "../pixels.ts";
import { encodePng } from "../png/png_encode.ts";
import { exifComment } from "./exif_comment.ts";
import { encodeWebp } from "../webp/webp_encode.ts";

/** Formats that pictures are written in, with their media types. */
export const IMAGE_FORMATS = { png: "image/png", jpeg: "image/jpeg", webp: "image/webp" } as const;

/** Name of a format that pictures are written in. */
export type ImageFormat = keyof typeof IMAGE_FORMATS;

/** What the other image servers take where nobody asks (AUTOMATIC1111's `jpeg_quality`, WebP too). */
const QUALITY = 80;

/**
 * Encodes a picture as a stream: PNG band by band (see `encodePng`), JPEG (progressive) and WebP (lossy) at the first pull,
 * in one piece. PNG gets all the text; JPEG and WebP get `parameters` in EXIF's UserComment, where image browsers look.
 *
 * @param text keyword → text
 * @param quality 0 (smallest) to 100, 80 where not told; PNG is lossless and has none
 * @throws RangeError at once for a bad quality or number of bytes; later the stream errors with one for a size that WebP
 * cannot hold
 */
export function encodeImage(
  image: Pixels,
  format: ImageFormat,
  text: Readonly<Record<string, string>> = {},
  quality: number = QUALITY,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (!(quality >= 0 && quality <= 100)) throw new RangeError(`Quality is ${quality}; expected a number from 0 to 100`);
  if (format === "png") return encodePng(image, text);
  checkPixels(image);
  const encode = { jpeg: encodeJpeg, webp: encodeWebp }[format];
  const exif = text.parameters === undefined ? undefined : exifComment(text.parameters);
  return ReadableStream.from((async function* () {
    yield* await encode(image, quality, exif);
  })());
}
