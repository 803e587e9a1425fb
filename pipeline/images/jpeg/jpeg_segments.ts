import { invalid } from "../read/image_error.ts";

/** One marker segment of a JPEG. */
export interface JpegSegment {
  /** The byte after 0xff, such as 0xda for a scan. */
  readonly marker: number;
  /** What follows the length. A view of the file's bytes. */
  readonly data: Uint8Array;
}

/**
 * Walks a JPEG's segments up to its end marker, the scans' coded data stepped over, as libjpeg's `next_marker`
 * does (ITU-T T.81, annex B). What follows the end is not looked at: phones put films and second pictures there.
 *
 * @param bytes a file that begins with the start marker
 * @throws ImageError `invalid_image` where the file ends first
 */
export function* readSegments(bytes: Uint8Array): Generator<JpegSegment, void, void> {
  let at = 2;
  while (true) {
    at = nextMarker(bytes, at);
    const marker = bytes[at++]!;
    if (marker === EOI) return;
    const length = at + 2 <= bytes.length ? 256 * bytes[at]! + bytes[at + 1]! : 0;
    if (length < 2 || at + length > bytes.length) throw truncated(bytes.length);
    yield { marker, data: bytes.subarray(at + 2, at + length) };
    at += length;
  }
}

/** The end marker. */
const EOI = 0xd9;

/** Where the next marker's second byte lies: after one or more 0xff, and not one that stands alone or a stuffed 0xff's zero. */
function nextMarker(bytes: Uint8Array, at: number): number {
  while (true) {
    at = bytes.indexOf(0xff, at);
    while (at >= 0 && bytes[at] === 0xff) at++;
    if (at < 0 || at >= bytes.length) throw truncated(bytes.length);
    if (!standsAlone(bytes[at]!)) return at;
  }
}

/** A stuffed zero, TEM, restart and start markers: no segment follows. */
function standsAlone(marker: number): boolean {
  return marker <= 0x01 || (marker >= 0xd0 && marker < EOI);
}

function truncated(length: number): Error {
  return invalid(`is a JPEG cut off after ${length} bytes; send the whole file`);
}
