import type { Autoencoder } from "../../models/components.ts";
import type { Latents } from "../../runtime/tensor.ts";
import { NonFiniteError } from "../images/non_finite_error.ts";
import { type Pixels, toPixels } from "../images/pixels.ts";

/** Those that overflowed once: they would again. */
const overflowing = new WeakSet<Autoencoder>();

/**
 * Decodes the latents of one picture, [1, C, h, w], and reads it; the one place where pictures leave the GPU. What a decoder in
 * half precision makes NaN of is decoded again in single precision: its activations leave the range of float16, as those of
 * SDXL's decoder do.
 *
 * @param tell takes what the caller should know about the picture
 * @throws {NonFiniteError} if the decoder gives NaN or infinity in single precision, too
 */
export async function decodePicture(
  latents: Latents,
  autoencoder: Autoencoder,
  tell: (notice: string) => void,
): Promise<Pixels> {
  const [, , h = 0, w = 0] = latents.dims;
  const tile = await autoencoder.tileOf(h, w);
  if (tile !== undefined) {
    const pixels = tile * autoencoder.factor;
    tell(`The picture was decoded in tiles of ${pixels}x${pixels} pixels, which may change its tones a little`);
  }
  if (!overflowing.has(autoencoder)) {
    try {
      return await decode(latents, autoencoder, tile);
    } catch (error) {
      if (!(error instanceof NonFiniteError) || !autoencoder.isHalf) throw error;
    }
  }
  const picture = await decode(latents, autoencoder, tile, "fp32");
  overflowing.add(autoencoder);
  tell("The decoder overflows in half precision (float16), so the picture was decoded in single precision");
  return picture;
}

async function decode(
  latents: Latents,
  autoencoder: Autoencoder,
  tile: number | undefined,
  precision?: "fp32",
): Promise<Pixels> {
  using image = await autoencoder.decode(latents, tile, precision);
  const [, , height = 0, width = 0] = image.dims;
  return toPixels(await image.read(), width, height);
}
