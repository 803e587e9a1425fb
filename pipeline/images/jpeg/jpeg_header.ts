import { invalid, unsupported } from "../read/image_error.ts";
import { readSegments } from "./jpeg_segments.ts";

/** Most scans a progressive JPEG may have; encoders write about ten, and each costs a pass over the whole picture. */
const SCANS = 32;

/** Frame types that are not read, by marker (ITU-T T.81, table B.1). */
const REFUSED: Readonly<Record<number, string>> = {
  0xc3: "a lossless",
  0xc5: "a hierarchical",
  0xc6: "a hierarchical",
  0xc7: "a hierarchical",
  0xc9: "an arithmetic-coded",
  0xca: "an arithmetic-coded",
  0xcb: "a lossless",
  0xcd: "a hierarchical",
  0xce: "a hierarchical",
  0xcf: "a hierarchical",
};

/**
 * Reads a JPEG's frame header and EXIF and sees that its scans come to an end; decodes nothing.
 *
 * @param bytes a file that begins with the start marker
 * @param check is told columns and rows as soon as they are known
 * @returns the TIFF bytes of its EXIF where it has one
 * @throws ImageError `unsupported_image` for kinds of JPEG that are not read, with their name; `invalid_image` where there
 * is no picture or it is cut off
 */
export function readJpegHeader(
  bytes: Uint8Array,
  check: (width: number, height: number) => void,
): Uint8Array | undefined {
  let exif: Uint8Array | undefined;
  let framed = false;
  let scans = 0;
  for (const { marker, data } of readSegments(bytes)) {
    if (marker in REFUSED) throw unsupported(`is ${REFUSED[marker]} JPEG; save it as a baseline or progressive JPEG`);
    if (marker >= 0xc0 && marker <= 0xc2 && !framed) {
      checkFrame(data, check);
      framed = true;
    }
    if (marker === 0xe1 && isExif(data)) exif ??= data.subarray(6);
    if (marker === 0xda && ++scans > SCANS) {
      throw unsupported(`is a JPEG of more than ${SCANS} scans; save it as a baseline JPEG`);
    }
  }
  if (!framed || scans === 0) throw invalid("is a JPEG without a picture; send the whole file");
  return exif;
}

function checkFrame(data: Uint8Array, check: (width: number, height: number) => void): void {
  if (data.length < 6) throw invalid("is a broken JPEG: its frame header is too short; send it again");
  const [precision, h1, h0, w1, w0, components] = data as unknown as number[];
  check(256 * w1! + w0!, 256 * h1! + h0!);
  if (precision !== 8) throw unsupported(`is a JPEG of ${precision} bits a sample; save it with 8`);
  if (components === 4) throw unsupported("is a CMYK JPEG; save it as RGB");
  if (components !== 1 && components !== 3) throw unsupported(`is a JPEG of ${components} colours; save it as RGB`);
}

function isExif(data: Uint8Array): boolean {
  return String.fromCharCode(...data.subarray(0, 6)) === "Exif\0\0";
}
