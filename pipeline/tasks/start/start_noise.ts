import type { ModelInfo } from "../../../models/model_info.ts";
import type { Device } from "../../../runtime/device.ts";
import { elements, type Latents } from "../../../runtime/tensor.ts";
import { GENERATORS } from "../../random/mod.ts";
import type { RandomSource } from "../../random/random.ts";
import { slerp } from "../../random/slerp.ts";
import { blendOf, type GenerationRequest, seedOf } from "../../request/request.ts";
import { gridSize } from "../../tiles/tile_grid.ts";

/** Dims of one picture's latents, [C, h, w]; those of all tiles together where there are several. */
export function latentDims(request: GenerationRequest, { channels, factor }: ModelInfo): readonly number[] {
  const { width, height } = request.task === "super-resolution" ? gridSize(request.tiles) : request;
  return [channels, height / factor, width / factor];
}

/** Standard normal noise for one of a request's images, [C, h, w]; see {@link startNoise}. */
export function noiseOf(request: GenerationRequest, image: number, source: RandomSource, length: number): Float32Array {
  const own = request.latents?.subarray(image * length, (image + 1) * length) ?? source.normals(length);
  return blended(own, request, image);
}

/**
 * Standard normal noise for some of a request's images: given with the request, or drawn from their sources and blended with
 * that of the second seed.
 *
 * @returns [B, C, h, w]
 */
export function startNoise(
  request: GenerationRequest,
  model: ModelInfo,
  images: readonly number[],
  sources: readonly RandomSource[],
  device: Device,
): Latents {
  const dims = latentDims(request, model);
  const length = elements(dims);
  const data = new Float32Array(images.length * length);
  for (const [row, image] of images.entries()) {
    data.set(noiseOf(request, image, sources[row]!, length), row * length);
  }
  return device.upload("B C h w", [images.length, ...dims], data);
}

function blended(own: Float32Array, request: GenerationRequest, image: number): Float32Array {
  if (request.seed_to === undefined) return own;
  const other = new GENERATORS[request.rng](seedOf({ ...request, seed: request.seed_to }, image)).normals(own.length);
  return slerp(own, other, blendOf(request, image));
}
