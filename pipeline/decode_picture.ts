import type { Autoencoder } from "../models/components.ts";
import type { Latents } from "../runtime/tensor.ts";
import { type Pixels, toPixels } from "./images/pixels.ts";

/**
 * Decodes the latents of one picture, [1, C, h, w], and reads it; the one place where pictures leave the GPU.
 *
 * @throws {NonFiniteError} if the decoder gives NaN or infinity
 */
export async function decodePicture(latents: Latents, autoencoder: Autoencoder): Promise<Pixels> {
  using image = await autoencoder.decode(latents);
  const [, , height = 0, width = 0] = image.dims;
  return toPixels(await image.read(), width, height);
}
