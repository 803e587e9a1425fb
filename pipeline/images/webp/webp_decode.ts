import factory from "@jsquash/webp/codec/dec/webp_dec.js";
import { openCodec } from "../codec.ts";
import { invalid } from "../read/image_error.ts";
import type { Decoded } from "../read/rgba.ts";
import { readWebpHeader } from "./webp_header.ts";

interface WebpDecoder {
  decode(bytes: Uint8Array): ImageData | null;
}

/**
 * Decodes a still WebP with libwebp: lossy or lossless, with or without alpha.
 *
 * @param check is told the header's size before anything is decoded
 * @throws ImageError `invalid_image` where libwebp cannot decode it, `unsupported_image` where it is animated
 */
export async function decodeWebp(
  bytes: Uint8Array,
  check: (width: number, height: number) => void,
): Promise<Decoded> {
  const exif = readWebpHeader(bytes, check);
  const codec = await openCodec<WebpDecoder>(factory, "@jsquash/webp/codec/dec/webp_dec.wasm");
  const picture = codec.decode(bytes);
  if (!picture) throw invalid("is a broken WebP: libwebp cannot decode it; send it again");
  const { width, height, data } = picture;
  return { width, height, data: data as Uint8ClampedArray<ArrayBuffer>, ...(exif && { exif }) };
}
