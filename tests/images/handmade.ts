import { deflateSync } from "node:zlib";
import { chunk, SIGNATURE } from "../../pipeline/images/png/png_chunk.ts";
import { type ImageLimits, readImage } from "../../pipeline/images/read/read_image.ts";
import { reference } from "./references.ts";

const { read } = await reference<{ read: { name: string; file: string }[] }>("read_reference.json");

/** Every file that is read in read_reference.json. */
export const goodFiles: readonly Uint8Array[] = read.map(({ file }) => Uint8Array.fromBase64(file));

/** The one of them with this name. */
export function goodFile(wanted: string): Uint8Array {
  return goodFiles[read.findIndex(({ name }) => name === wanted)]!;
}

/** What readImage makes of bytes, as one line. */
export async function outcome(bytes: Uint8Array, limits?: ImageLimits): Promise<string> {
  try {
    const { width, height } = await readImage(bytes, limits);
    return `took ${width}x${height}`;
  } catch (error) {
    const { name, code, message } = error as { name: string; code?: string; message: string };
    return `${name} ${code}: ${message}`;
  }
}

/** Joins bytes. */
export function join(...parts: (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Bytes of a text in UTF-8. */
export function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

const u32 = (...values: number[]) => values.flatMap((value) => [24, 16, 8, 0].map((shift) => value >>> shift & 255));

/** A PNG's IHDR; 8-bit RGB where not told. */
export function ihdr(width: number, height: number, depth = 8, colour = 2, rest = [0, 0, 0]): Uint8Array {
  return chunk("IHDR", Uint8Array.from([...u32(width, height), depth, colour, ...rest]));
}

/** A PNG's IDAT of rows. */
export function idat(rows: Uint8Array): Uint8Array {
  return chunk("IDAT", deflateSync(rows));
}

/** A PNG of chunks between signature and IEND. */
export function pngOf(...chunks: Uint8Array[]): Uint8Array {
  return join(SIGNATURE, ...chunks, chunk("IEND"));
}

/** A JPEG's frame header with nothing behind it. */
export function jpegFrame(width: number, height: number, marker = 0xc0, precision = 8, components = 3): Uint8Array {
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  return Uint8Array.from([0xff, 0xd8, 0xff, marker, 0, 11, precision, ...size, components, 1, 0x11, 0]);
}

/** A lossless WebP's header with nothing behind it. */
export function webpHeader(width: number, height: number): Uint8Array {
  const size = u32((width - 1) | (height - 1) << 14).reverse();
  return join(text("RIFF"), [18, 0, 0, 0], text("WEBPVP8L"), [5, 0, 0, 0, 0x2f], size, [0]);
}
