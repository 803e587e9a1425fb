import { invalid, unsupported } from "../read/image_error.ts";

/** One chunk of a WebP as it lies in the file. */
export interface WebpChunk {
  /** Four characters, such as `VP8L`. */
  readonly type: string;
  /** A view of the file's bytes, without padding. */
  readonly data: Uint8Array;
}

/**
 * Walks the chunks of a WebP's RIFF container (WebP container specification).
 *
 * @param bytes a file that begins with `RIFF`, a size and `WEBP`
 * @throws ImageError `invalid_image` where the file ends first, `unsupported_image` where it goes on after its end
 */
export function* readWebpChunks(bytes: Uint8Array): Generator<WebpChunk, void, void> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) throw invalid(`is a WebP cut off after ${bytes.length} of ${end} bytes; send the whole file`);
  if (end + end % 2 < bytes.length) {
    throw unsupported(
      `is a WebP with ${bytes.length - end} more bytes after its end; it must be a picture and nothing else`,
    );
  }
  for (let at = 12; at < end;) {
    const length = at + 8 <= end ? view.getUint32(at + 4, true) : 0;
    if (at + 8 + length > end) throw invalid("is a broken WebP: its last chunk is cut off; send it again");
    yield {
      type: String.fromCharCode(...bytes.subarray(at, at + 4)),
      data: bytes.subarray(at + 8, at + 8 + length),
    };
    at += 8 + length + length % 2;
  }
}
