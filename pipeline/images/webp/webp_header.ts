import { invalid, unsupported } from "../read/image_error.ts";
import { readWebpChunks } from "./webp_chunks.ts";

/**
 * Reads a WebP's size and EXIF; decodes nothing.
 *
 * @param bytes a file that begins with `RIFF`, a size and `WEBP`
 * @param check is told columns and rows as soon as they are known
 * @returns the TIFF bytes of its EXIF where it has one
 * @throws ImageError `unsupported_image` where it is animated, `invalid_image` where it is broken or cut off
 */
export function readWebpHeader(
  bytes: Uint8Array,
  check: (width: number, height: number) => void,
): Uint8Array | undefined {
  let exif: Uint8Array | undefined;
  let framed = false;
  for (const { type, data } of readWebpChunks(bytes)) {
    if (type === "ANIM" || type === "ANMF") throw unsupported("is an animated WebP; it must be a still picture");
    if ((type === "VP8 " || type === "VP8L") && !framed) {
      check(...(type === "VP8 " ? lossySize(data) : losslessSize(data)));
      framed = true;
    }
    if (type === "EXIF") exif ??= isPrefixed(data) ? data.subarray(6) : data;
  }
  if (!framed) throw invalid("is a WebP without a picture; send the whole file");
  return exif;
}

/** Size of a key frame (RFC 6386, section 9.1): after a tag of three bytes a start code, then 14 bits each. */
function lossySize(data: Uint8Array): [width: number, height: number] {
  const key = data.length >= 10 && (data[0]! & 1) === 0 && data[3] === 0x9d && data[4] === 0x01 && data[5] === 0x2a;
  if (!key) throw broken();
  return [(data[6]! | data[7]! << 8) & 0x3fff, (data[8]! | data[9]! << 8) & 0x3fff];
}

/** Size of a lossless picture (WebP lossless specification, section 3): a signature, then 14 bits each, less one. */
function losslessSize(data: Uint8Array): [width: number, height: number] {
  if (data.length < 5 || data[0] !== 0x2f) throw broken();
  const bits = data[1]! | data[2]! << 8 | data[3]! << 16 | data[4]! << 24;
  return [1 + (bits & 0x3fff), 1 + (bits >>> 14 & 0x3fff)];
}

function broken(): Error {
  return invalid("is a broken WebP: its frame header is wrong; send it again");
}

/** Some writers keep JPEG's prefix, though the specification wants the TIFF bytes alone. */
function isPrefixed(data: Uint8Array): boolean {
  return String.fromCharCode(...data.subarray(0, 6)) === "Exif\0\0";
}
