import { setImmediate } from "node:timers/promises";
import { type Bands, cutBands } from "../bands.ts";
import { checkPixels, type Pixels } from "../pixels.ts";
import { chunk, SIGNATURE } from "./png_chunk.ts";
import { FlushingDeflate } from "./png_deflate.ts";
import { RowFilter } from "./png_filter.ts";
import { textChunk } from "./png_text.ts";

/** Bytes of rows per IDAT: small enough to be drawn early, large enough that the flushes cost less than 1 % of size. */
const BAND_BYTES = 32 * 1024;

/** How a PNG is written. */
export interface PngOptions {
  /** zlib's level, 0 (stored) to 9 (smallest). */
  readonly level?: number;
}

/**
 * Encodes a picture as a PNG stream (8-bit RGB, not interlaced). Signature, IHDR and text come first, before any band is
 * asked for; then every few rows are an IDAT of their own, sync-flushed, so that a client can draw them at once. Work is
 * done only as the reader pulls: a slow reader holds back the source; cancelling ends the source and frees zlib, after
 * the band that is being waited for.
 *
 * @param text keyword → text, one chunk each (see `textChunk`)
 * @throws RangeError at once for a bad size, level, keyword, text or number of bytes; later the stream errors with one,
 * before IEND, where the bands do not make up the picture (see `cutBands`)
 */
export function encodePng(
  image: Pixels | Bands,
  text: Readonly<Record<string, string>> = {},
  { level = 6 }: PngOptions = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (!Number.isInteger(level) || level < 0 || level > 9) {
    throw new RangeError(`PNG level is ${level}; expected a whole number from 0 to 9`);
  }
  const head = [SIGNATURE, header(image.width, image.height)];
  for (const [keyword, value] of Object.entries(text)) head.push(textChunk(keyword, value));
  if ("bands" in image) return ReadableStream.from(chunks(head, image, level));
  checkPixels(image);
  return ReadableStream.from(chunks(head, { ...image, bands: [image.data] }, level));
}

async function* chunks(head: readonly Uint8Array<ArrayBuffer>[], image: Bands, level: number) {
  yield* head;
  const filter = new RowFilter(image.width);
  using deflate = new FlushingDeflate(level);
  let left = 3 * image.width * image.height;
  for await (const rows of cutBands(image, BAND_BYTES)) {
    left -= rows.length;
    const filtered = filter.apply(rows);
    yield chunk("IDAT", ...await (left > 0 ? deflate.flush(filtered) : deflate.finish(filtered)));
    await setImmediate(); // nothing above leaves the microtask queue: other requests and a cancel must get their turn
  }
  yield chunk("IEND");
}

function header(width: number, height: number): Uint8Array<ArrayBuffer> {
  for (const [name, value] of Object.entries({ width, height })) {
    if (!Number.isInteger(value) || value < 1 || value > 0x7fffffff) {
      throw new RangeError(`PNG ${name} is ${value}; expected a whole number from 1 to ${0x7fffffff}`);
    }
  }
  const data = new Uint8Array(13); // compression, filter method and interlace stay 0
  const view = new DataView(data.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  view.setUint8(8, 8); // bits per channel
  view.setUint8(9, 2); // RGB
  return chunk("IHDR", data);
}
