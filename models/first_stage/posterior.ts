import type { Device } from "../../runtime/device.ts";
import { elements, type Latents } from "../../runtime/tensor.ts";
import type { Config } from "../folder.ts";

/** diffusers clamps the log-variance of the posterior (`DiagonalGaussianDistribution`). */
const LOG_VARIANCE = { min: -30, max: 20 } as const;

/** diffusers' pipelines draw a sample of the posterior; `posterior: "mean"` in the config tells of a model trained on means. */
export function samplesPosterior(config: Config): boolean {
  if (config.has("num_vq_embeddings")) return false;
  return !config.has("posterior") || config.string("posterior") !== "mean";
}

/** The same latents for each picture. */
export function repeated(latents: Latents, rows: number, device: Device): Latents {
  const length = elements(latents.dims);
  const slices = Array.from({ length: rows }, () => ({ of: latents, start: 0, length }));
  return device.assemble("B C h w", [rows, ...latents.dims.slice(1)], slices);
}

/** z = μ + σ·ε for each ε, or μ, from mean and log-variance in the channels of one tensor [1, 2·C, h, w]. */
export async function posterior(
  parameters: Latents,
  channels: number,
  device: Device,
  noise: readonly Float32Array[] | undefined,
): Promise<Latents> {
  const [, , ...plane] = parameters.dims;
  const numbers = await parameters.read();
  const mean = numbers.subarray(0, numbers.length / 2);
  const deviation = numbers.subarray(numbers.length / 2)
    .map((value) => Math.exp(Math.min(LOG_VARIANCE.max, Math.max(LOG_VARIANCE.min, value)) / 2));
  const rows = noise?.map((normals) => mean.map((value, i) => value + deviation[i]! * normals[i]!)) ?? [mean];
  const latents = new Float32Array(rows.length * mean.length);
  rows.forEach((row, index) => latents.set(row, index * mean.length));
  return device.upload("B C h w", [rows.length, channels, ...plane], latents);
}
