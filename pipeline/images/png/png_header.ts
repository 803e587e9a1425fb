import { invalid } from "../read/image_error.ts";
import { SIGNATURE } from "./png_chunk.ts";

/** What a PNG's IHDR tells. */
export interface PngHeader {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Bits of one sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  readonly colour: "grey" | "rgb" | "palette" | "grey-alpha" | "rgba";
  /** Samples of one pixel. */
  readonly channels: number;
  /** By Adam7. */
  readonly interlaced: boolean;
}

/** Colour type → name, samples a pixel, depths that go with it (PNG specification, table 11.1). */
const COLOURS: Readonly<Record<number, readonly [PngHeader["colour"], number, readonly number[]]>> = {
  0: ["grey", 1, [1, 2, 4, 8, 16]],
  2: ["rgb", 3, [8, 16]],
  3: ["palette", 1, [1, 2, 4, 8]],
  4: ["grey-alpha", 2, [8, 16]],
  6: ["rgba", 4, [8, 16]],
};

/**
 * Reads a PNG's IHDR, its first chunk (PNG specification, section 11.2.1).
 *
 * @param bytes a file that begins with PNG's signature
 * @throws ImageError `invalid_image`
 */
export function readPngHeader(bytes: Uint8Array): PngHeader {
  const at = SIGNATURE.length + 8;
  if (bytes.length < at + 17) throw invalid(`is a PNG cut off after ${bytes.length} bytes; send the whole file`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(at - 8) !== 13 || view.getUint32(at - 4) !== 0x49484452) {
    throw invalid("is a broken PNG: its first chunk is not IHDR; send it again");
  }
  const [depth, type, compression, filter, interlace] = bytes.subarray(at + 8, at + 13) as unknown as number[];
  const [colour, channels, depths] = COLOURS[type!] ?? [];
  if (!colour || !channels || !depths?.includes(depth!) || compression !== 0 || filter !== 0 || interlace! > 1) {
    throw invalid(
      `is a broken PNG: its header tells depth ${depth}, colour type ${type}, compression ${compression}, filter ` +
        `${filter}, interlace ${interlace}, which do not go together; send it again`,
    );
  }
  return {
    width: view.getUint32(at),
    height: view.getUint32(at + 4),
    depth: depth!,
    colour,
    channels,
    interlaced: interlace === 1,
  };
}
