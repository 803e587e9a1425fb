import type { Config } from "../folder.ts";
import { fixedDim } from "../graphs/run_rows.ts";
import { portsOf } from "./part_configs.ts";

/** Up to this many times the trained width or height can be asked for; cost grows with the square, quality falls. */
const LARGEST_SCALE = 4;

/** Width and height in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** Which sizes a model makes. */
export interface Sizes {
  readonly sizeMultiple: number;
  readonly size: { readonly min: number; readonly max: number };
  readonly fixedSize?: Size;
  /** The size it was trained with. */
  readonly trained: Size;
}

/**
 * Reads which sizes a model makes: multiples of what its networks halve, around what it was trained with, or the one size that
 * its UNet's graph was exported for.
 *
 * @param factor f of its autoencoder
 */
export async function readSizes(folder: string, unet: Config, factor: number): Promise<Sizes> {
  const sample = (await portsOf(folder, "unet"))?.inputs.find(({ name }) => name === "sample");
  const [h, w] = (sample?.dims.slice(2) ?? []).map(fixedDim);
  if (h !== undefined && w !== undefined) {
    const trained = { width: w * factor, height: h * factor };
    const size = { min: Math.min(trained.width, trained.height), max: Math.max(trained.width, trained.height) };
    return { sizeMultiple: factor, size, fixedSize: trained, trained };
  }
  const sizeMultiple = factor * 2 ** (unet.numbers("block_out_channels").length - 1);
  const trained = trainedSize(unet, factor);
  const max = LARGEST_SCALE * Math.max(trained.width, trained.height);
  return { sizeMultiple, size: { min: sizeMultiple, max }, trained };
}

/** `sample_size` is a number of latents, or rows and columns. */
function trainedSize(unet: Config, factor: number): Size {
  const value = unet.fields["sample_size"];
  const [height, width] = Array.isArray(value)
    ? unet.numbers("sample_size")
    : Array(2).fill(unet.number("sample_size"));
  return { width: width * factor, height: height * factor };
}
