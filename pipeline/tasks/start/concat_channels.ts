import type { ConcatPart } from "../../../models/concat.ts";
import type { Device } from "../../../runtime/device.ts";
import { elements, type Latents, type Tensor } from "../../../runtime/tensor.ts";

/** The conditions that a task concatenates, [1 or B, channels, h, w] each; those that a model has beside them stay zero. */
export type ConcatTensors = Readonly<Partial<Record<ConcatPart["name"], Tensor>>>;

/**
 * Joins conditions along the channels in the order that a model wants them.
 *
 * @returns [batch, C′, h, w]; a condition with one row is the same for the whole batch
 */
export function concatChannels(
  device: Device,
  parts: readonly ConcatPart[],
  tensors: ConcatTensors,
  batch: number,
): Latents {
  const [given] = Object.values(tensors);
  const plane = given!.dims.slice(2);
  const size = elements(plane);
  const width = parts.reduce((sum, { channels }) => sum + channels, 0);
  using zeros = device.upload("B C h w", [1, width, ...plane], new Float32Array(width * size));
  const slices = Array.from({ length: batch }, (_, row) =>
    parts.map(({ name, channels }) => {
      const of = tensors[name] ?? zeros;
      const length = channels * size;
      return { of, start: of.dims[0] === batch && of !== zeros ? row * length : 0, length };
    }));
  return device.assemble("B C h w", [batch, width, ...plane], slices.flat());
}
