import factory from "@jsquash/jpeg/codec/enc/mozjpeg_enc.js";
import { defaultOptions } from "@jsquash/jpeg/meta.js";
import { openCodec } from "../codec.ts";
import { toRgba } from "../encode/to_rgba.ts";
import type { Pixels } from "../pixels.ts";

interface JpegEncoder {
  encode(
    rgba: Uint8ClampedArray,
    width: number,
    height: number,
    options: typeof defaultOptions,
  ): Uint8Array<ArrayBuffer>;
}

/** Bytes that a segment can hold behind its length. */
const SEGMENT_BYTES = 0xffff - 2;
const EXIF = new TextEncoder().encode("Exif\0\0");

/**
 * Encodes a picture as a progressive JPEG with mozjpeg.
 *
 * @param quality 0 to 100
 * @param exif TIFF bytes; left out where they do not fit into a segment (64 KiB, some 32,000 characters)
 */
export async function encodeJpeg(
  image: Pixels,
  quality: number,
  exif?: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const codec = await openCodec<JpegEncoder>(factory, "@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm");
  const jpeg = codec.encode(toRgba(image), image.width, image.height, { ...defaultOptions, quality });
  if (!exif || EXIF.length + exif.length > SEGMENT_BYTES) return [jpeg];
  const length = 2 + EXIF.length + exif.length;
  const behind = 4 + 256 * jpeg[4]! + jpeg[5]!; // start marker and JFIF's segment, which mozjpeg writes first
  const segment = Uint8Array.of(0xff, 0xe1, length >> 8, length & 255, ...EXIF, ...exif);
  return [jpeg.subarray(0, behind), segment, jpeg.subarray(behind)];
}
