import factory from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import { openCodec } from "../codec.ts";
import { invalid } from "../read/image_error.ts";
import type { Decoded } from "../read/rgba.ts";
import { readJpegHeader } from "./jpeg_header.ts";

interface JpegDecoder {
  decode(bytes: Uint8Array, orient: boolean): ImageData;
}

/** Warnings of libjpeg after which the picture is still whole (jerror.h); cameras write such files. */
const HARMLESS = /extraneous bytes before marker|unknown JFIF revision|unknown Adobe|Invalid SOS parameters/i;

/**
 * Decodes a baseline or progressive JPEG with mozjpeg: grey, YCbCr or RGB.
 *
 * @param check is told the header's size before anything is decoded
 * @throws ImageError `invalid_image` where libjpeg cannot decode it or would fill missing parts with grey,
 * `unsupported_image` for other kinds (see `readJpegHeader`)
 */
export async function decodeJpeg(
  bytes: Uint8Array,
  check: (width: number, height: number) => void,
): Promise<Decoded> {
  const exif = readJpegHeader(bytes, check);
  const complaints: string[] = [];
  const codec = await openCodec<JpegDecoder>(factory, "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm", complaints);
  let picture: ImageData | undefined;
  try {
    picture = codec.decode(bytes, false);
  } catch {
    complaints.push("libjpeg cannot decode it"); // it printed why before it ended its program
  }
  const complaint = complaints.find((line) => !HARMLESS.test(line));
  if (!picture || complaint) throw invalid(`is a broken JPEG: ${complaint}; send it again`);
  const { width, height, data } = picture;
  return { width, height, data: data as Uint8ClampedArray<ArrayBuffer>, ...(exif && { exif }) };
}
