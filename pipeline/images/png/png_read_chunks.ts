import { crc32 } from "node:zlib";
import { invalid, unsupported } from "../read/image_error.ts";
import { SIGNATURE } from "./png_chunk.ts";

/** One chunk of a PNG as it lies in the file. */
export interface PngChunk {
  /** Four ASCII letters, such as `IDAT`. */
  readonly type: string;
  /** A view of the file's bytes. */
  readonly data: Uint8Array;
}

/**
 * Walks the chunks of a PNG up to and with IEND, each checksum checked, nothing inflated (PNG specification, section 5).
 *
 * @param bytes a file that begins with PNG's signature
 * @throws ImageError `invalid_image` at a wrong checksum or type and where the file ends before IEND;
 * `unsupported_image` where it goes on after it, as files do that are two things at once
 */
export function* readChunks(bytes: Uint8Array): Generator<PngChunk, void, void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = SIGNATURE.length;
  while (true) {
    if (at + 12 > bytes.length) throw truncated(bytes.length);
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(type)) throw invalid(`is a broken PNG: byte ${at + 4} begins no chunk; send it again`);
    const end = at + 12 + length;
    if (end > bytes.length) throw truncated(bytes.length);
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw invalid(`is a broken PNG: the checksum of its chunk ${type} at byte ${at} is wrong; send it again`);
    }
    yield { type, data: bytes.subarray(at + 8, end - 4) };
    at = end;
    if (type === "IEND") break;
  }
  if (at < bytes.length) {
    throw unsupported(
      `is a PNG with ${bytes.length - at} more bytes after its end; it must be a picture and nothing else`,
    );
  }
}

function truncated(length: number): Error {
  return invalid(`is a PNG cut off after ${length} bytes; send the whole file`);
}
