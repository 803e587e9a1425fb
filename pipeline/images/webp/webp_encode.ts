import factory from "@jsquash/webp/codec/enc/webp_enc_simd.js";
import { defaultOptions } from "@jsquash/webp/meta.js";
import { openCodec } from "../codec.ts";
import { toRgba } from "../encode/to_rgba.ts";
import type { Pixels } from "../pixels.ts";

interface WebpEncoder {
  encode(
    rgba: Uint8ClampedArray,
    width: number,
    height: number,
    options: typeof defaultOptions,
  ): Uint8Array<ArrayBuffer> | null;
}

/** Most columns or rows of a WebP. */
const SIDE = 16383;
/** `VP8X` flag: the file has a chunk `EXIF`. */
const HAS_EXIF = 0x08;

/**
 * Encodes a picture as a lossy WebP with libwebp.
 *
 * @param quality 0 to 100
 * @param exif TIFF bytes
 * @throws RangeError where the picture is larger than WebP can hold
 */
export async function encodeWebp(
  image: Pixels,
  quality: number,
  exif?: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const { width, height } = image;
  const codec = await openCodec<WebpEncoder>(factory, "@jsquash/webp/codec/enc/webp_enc_simd.wasm");
  const webp = codec.encode(toRgba(image), width, height, { ...defaultOptions, quality });
  if (!webp) throw new RangeError(`WebP of ${width}x${height} cannot be made; expected sides of 1 to ${SIDE} pixels`);
  if (!exif) return [webp];
  const canvas = new Uint8Array(10);
  const view = new DataView(canvas.buffer);
  canvas[0] = HAS_EXIF;
  view.setUint16(4, width - 1, true); // three bytes each, of which SIDE needs two
  view.setUint16(7, height - 1, true);
  const chunks = [...chunk("VP8X", canvas), webp.subarray(12), ...chunk("EXIF", exif)];
  const length = 4 + chunks.reduce((sum, { length }) => sum + length, 0);
  return [head("RIFF", length), new TextEncoder().encode("WEBP"), ...chunks];
}

/** A chunk in parts: type and length, data, padding to an even number of bytes. */
function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer>[] {
  return [head(type, data.length), new Uint8Array(data), new Uint8Array(data.length % 2)];
}

function head(type: string, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new TextEncoder().encodeInto(type, bytes);
  new DataView(bytes.buffer).setUint32(4, length, true);
  return bytes;
}
