import { invalid } from "../read/image_error.ts";
import type { PngHeader } from "./png_header.ts";

/** Writes one pixel as RGBA: samples of a row, where in it the pixel begins, the picture, where in it to write. */
export type Paint = (samples: Uint8Array | Uint16Array, from: number, to: Uint8ClampedArray, at: number) => void;

/**
 * How a pixel's samples become RGBA of 8 bits: samples of other depths are scaled so that full stays full (PNG
 * specification, section 13.12); `tRNS` makes one colour, or entries of the palette, transparent.
 *
 * @param palette data of `PLTE`
 * @param transparency data of `tRNS`
 * @throws ImageError `invalid_image` where the chunks do not fit the header; `Paint` throws it where the palette has no
 * such entry
 */
export function painter(header: PngHeader, palette?: Uint8Array, transparency?: Uint8Array): Paint {
  if (header.colour === "palette") return fromPalette(palette, transparency);
  const most = 2 ** header.depth - 1;
  const level = Uint8ClampedArray.from({ length: most + 1 }, (_, sample) => 255 * sample / most);
  const key = keyOf(header, transparency);
  const green = header.channels < 3 ? 0 : 1;
  const blue = header.channels < 3 ? 0 : 2;
  const alpha = header.channels % 2 === 0 ? header.channels - 1 : undefined;
  return (samples, from, to, at) => {
    const [r, g, b] = [samples[from]!, samples[from + green]!, samples[from + blue]!];
    to[at] = level[r]!;
    to[at + 1] = level[g]!;
    to[at + 2] = level[b]!;
    if (alpha) to[at + 3] = level[samples[from + alpha]!]!;
    else to[at + 3] = key && r === key[0] && g === key[green] && b === key[blue] ? 0 : 255;
  };
}

function fromPalette(palette?: Uint8Array, transparency: Uint8Array = new Uint8Array()): Paint {
  const count = (palette?.length ?? 0) / 3;
  if (!palette || !Number.isInteger(count) || count < 1 || count > 256 || transparency.length > count) {
    throw invalid(
      `is a broken PNG: its palette has ${
        palette?.length ?? 0
      } bytes and ${transparency.length} opacities; send it again`,
    );
  }
  return (samples, from, to, at) => {
    const entry = samples[from]!;
    if (entry >= count) throw invalid(`is a broken PNG: it uses colour ${entry} of ${count}; send it again`);
    for (let i = 0; i < 3; i++) to[at + i] = palette[3 * entry + i]!;
    to[at + 3] = transparency[entry] ?? 255;
  };
}

/** The one colour that is transparent, in samples of the PNG's own depth. */
function keyOf({ channels }: PngHeader, transparency?: Uint8Array): readonly number[] | undefined {
  if (!transparency || channels % 2 === 0) return undefined;
  if (transparency.length !== 2 * channels) {
    throw invalid(`is a broken PNG: its tRNS has ${transparency.length} bytes, not ${2 * channels}; send it again`);
  }
  return Array.from({ length: channels }, (_, i) => 256 * transparency[2 * i]! + transparency[2 * i + 1]!);
}
