import { Buffer } from "node:buffer";
import { inflateSync } from "node:zlib";
import { invalid, unsupported } from "../read/image_error.ts";
import type { Decoded } from "../read/rgba.ts";
import { type PngHeader, readPngHeader } from "./png_header.ts";
import { type Paint, painter } from "./png_paint.ts";
import { type Pass, passesOf } from "./png_passes.ts";
import { readChunks } from "./png_read_chunks.ts";
import { unfilter } from "./png_unfilter.ts";

/** Chunks that are read; the other ancillary ones, such as `iCCP` and `zTXt`, are stepped over. */
const READ = ["PLTE", "tRNS", "eXIf"] as const;

/**
 * Decodes a PNG of any kind: every depth and colour type, interlaced or not. At most the bytes that the header's size needs
 * are inflated. (fast-png would inflate without a bound, `iCCP` too, and misreads interlaced pictures below 8 bits.)
 *
 * @param check is told the header's size before any other byte is looked at
 * @throws ImageError `invalid_image` where the file breaks the specification, `unsupported_image` where it is animated
 */
export function decodePng(bytes: Uint8Array, check: (width: number, height: number) => void): Decoded {
  const header = readPngHeader(bytes);
  check(header.width, header.height);
  const parts: Partial<Record<typeof READ[number], Uint8Array>> = {};
  const idats: Uint8Array[] = [];
  for (const { type, data } of readChunks(bytes)) {
    const name = READ.find((name) => name === type);
    if (type === "acTL") throw unsupported("is an animated PNG; it must be a still picture");
    else if (type === "IDAT") idats.push(data);
    else if (name) parts[name] ??= data;
    else if (/^[A-Z]/.test(type) && type !== "IHDR" && type !== "IEND") {
      throw unsupported(`is a PNG with a chunk ${type}, which PNG does not have; save it as a plain PNG`);
    }
  }
  const passes = passesOf(header);
  const paint = painter(header, parts.PLTE, parts.tRNS);
  const rows = inflate(idats, header, passes.reduce((sum, { height, stride }) => sum + height * (1 + stride), 0));
  const data = new Uint8ClampedArray(4 * header.width * header.height);
  let at = 0;
  for (const pass of passes) {
    const length = pass.height * (1 + pass.stride);
    decodePass(rows.subarray(at, at + length), pass, header, paint, data);
    at += length;
  }
  return { width: header.width, height: header.height, data, ...(parts.eXIf && { exif: parts.eXIf }) };
}

function inflate(idats: readonly Uint8Array[], { width, height }: PngHeader, length: number): Uint8Array {
  const wish = `${width}x${height} need ${length} bytes`;
  let rows;
  try {
    rows = inflateSync(Buffer.concat(idats), { maxOutputLength: length, chunkSize: 256 * 1024 });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") {
      throw invalid(`is a broken PNG: ${wish}, it holds more; send it again`, { cause: error });
    }
    throw invalid("is a broken PNG: its picture data cannot be inflated; send it again", { cause: error });
  }
  if (rows.length < length) throw invalid(`is a broken PNG: ${wish}, it holds ${rows.length}; send it again`);
  return rows;
}

function decodePass(
  rows: Uint8Array,
  { x, y, dx, dy, width, height, stride }: Pass,
  header: PngHeader,
  paint: Paint,
  to: Uint8ClampedArray,
): void {
  const { depth, channels } = header;
  unfilter(rows, stride, Math.max(1, channels * depth / 8));
  for (let row = 0; row < height; row++) {
    const start = row * (1 + stride) + 1;
    const samples = samplesOf(rows.subarray(start, start + stride), depth);
    let at = 4 * ((y + row * dy) * header.width + x);
    for (let column = 0; column < width; column++, at += 4 * dx) paint(samples, column * channels, to, at);
  }
}

/** One row's samples, each an element of its own; below 8 bits the last byte may give a few too many. */
function samplesOf(row: Uint8Array, depth: number): Uint8Array | Uint16Array {
  if (depth === 8) return row;
  if (depth === 16) return Uint16Array.from({ length: row.length / 2 }, (_, i) => 256 * row[2 * i]! + row[2 * i + 1]!);
  const each = 8 / depth;
  const most = 2 ** depth - 1;
  const samples = new Uint8Array(each * row.length);
  for (let i = 0; i < samples.length; i++) {
    samples[i] = (row[Math.floor(i / each)]! >> (8 - depth * (1 + i % each))) & most;
  }
  return samples;
}
