import { flatten } from "../../../pipeline/images/flatten.ts";
import type { Pixels } from "../../../pipeline/images/pixels.ts";
import { encodePng } from "../../../pipeline/images/png/png_encode.ts";
import type { Rgba } from "../../../pipeline/images/read/rgba.ts";
import { readPicture } from "../../../pipeline/request/pictures.ts";

/** The picture without its alpha, which means nothing here once there is a mask; on white, as AUTOMATIC1111 lays it. */
export async function opaquePicture(image: Uint8Array): Promise<Uint8Array> {
  return await toPng(flatten(await readPicture("image", image)));
}

/**
 * A mask by AUTOMATIC1111's rules (`create_binary_mask`, modules/processing.py), white where the picture is made anew: a
 * picture that is transparent somewhere counts by its alpha, from 129 on, and by its luminance otherwise.
 *
 * @param invert whether the rest is meant
 */
export async function whiteMask(mask: Uint8Array, invert: boolean): Promise<Uint8Array> {
  const picture = await readPicture("mask", mask);
  const { width, height, data } = isOpaque(picture) ? flatten(picture) : alphaOf(picture);
  return await toPng({ width, height, data: invert ? data.map((value) => 255 - value) : data });
}

function isOpaque({ data }: Rgba): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i]! < 255) return false;
  return true;
}

function alphaOf({ width, height, data }: Rgba): Pixels {
  const white = (i: number) => data[4 * Math.floor(i / 3) + 3]! > 128 ? 255 : 0;
  return { width, height, data: Uint8Array.from({ length: 3 * width * height }, (_, i) => white(i)) };
}

async function toPng(pixels: Pixels): Promise<Uint8Array> {
  return await new Response(encodePng(pixels, {}, { level: 1 })).bytes();
}
