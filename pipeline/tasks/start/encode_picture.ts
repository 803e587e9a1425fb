import type { Model } from "../../../models/model.ts";
import type { Device } from "../../../runtime/device.ts";
import { elements, type Latents } from "../../../runtime/tensor.ts";
import type { RandomSource } from "../../random/random.ts";

/** A picture as an autoencoder sees it. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** [3, H, W] in [-1, 1]. */
  readonly planes: Float32Array;
}

/**
 * Latents of a picture for each source, [B, C, h, w]: as many samples of its posterior, each drawn from one source as
 * diffusers' pipelines do, or the same latents for all where the model was trained without samples.
 */
export async function encodePicture(
  picture: Picture,
  { autoencoder, info }: Model,
  sources: readonly RandomSource[],
  device: Device,
): Promise<Latents> {
  const { width, height } = picture;
  using image = device.upload("B 3 H W", [1, 3, height, width], picture.planes);
  const length = elements([info.channels, height / info.factor, width / info.factor]);
  if (autoencoder.samples) return await autoencoder.encode(image, sources.map((source) => source.normals(length)));
  using latents = await autoencoder.encode(image);
  const slices = sources.map(() => ({ of: latents, start: 0, length }));
  return device.assemble("B C h w", [sources.length, ...latents.dims.slice(1)], slices);
}
