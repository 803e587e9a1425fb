import type { Device } from "../runtime/device.ts";
import { type MemoryLimits, memoryLimits } from "../runtime/memory_limits.ts";
import type { Image, Latents } from "../runtime/tensor.ts";
import type { Autoencoder } from "./components.ts";
import { inverse, latentNormalisation } from "./first_stage/latent_normalisation.ts";
import { openNetwork } from "./first_stage/network.ts";
import { posterior, repeated, samplesPosterior } from "./first_stage/posterior.ts";
import { type FirstStagePart, tileOf, type TileSetting } from "./first_stage/tile_of.ts";
import { downsamplingFactor, latentChannels, portsOf, readAutoencoder } from "./info/part_configs.ts";

/** How a first stage is opened. */
export interface AutoencoderOptions {
  /** When pictures go through it in tiles; `auto`, where memory would not do otherwise, if absent. */
  readonly tiles?: TileSetting;
  /** What the device can hold; what it tells if absent. */
  readonly limits?: MemoryLimits;
}

/**
 * Loads the first stage of a model folder, as diffusers' `AutoencoderKL` and `VQModel` are exported. The decoder has one input,
 * latents, and one output, pixels. The encoder, which is loaded when it is first needed, gives mean and log-variance (2·C
 * channels), or latents (C channels): those of a VQ model, or a sample that old exports draw inside the graph, whatever the seed.
 *
 * @throws {Error} with the file's name if it cannot be loaded
 */
export async function openAutoencoder(
  folder: string,
  device: Device,
  { tiles = "auto", limits }: AutoencoderOptions = {},
): Promise<Autoencoder> {
  const config = await readAutoencoder(folder);
  const channels = latentChannels(config);
  const factor = downsamplingFactor(config);
  const outwards = latentNormalisation(config, channels);
  const inwards = inverse(outwards);
  const decoder = openNetwork(folder, "vae_decoder", device);
  const encoder = openNetwork(folder, "vae_encoder", device);
  const isHalf = (await decoder.input()).type === "float16";

  async function tileFor(part: FirstStagePart, height: number, width: number): Promise<number | undefined> {
    const known = limits ?? await memoryLimits(device.name);
    return await tileOf({ folder, part, height, width }, { config, factor, tiles, limits: known, device: device.name });
  }
  return {
    factor,
    channels,
    samples: samplesPosterior(config),
    normalisation: outwards,
    isHalf,
    canEncode: async () => await portsOf(folder, "vae_encoder") !== undefined,
    tileOf: (height, width) => tileFor("vae_decoder", height, width),
    async encode(image: Image, noise?: readonly Float32Array[]): Promise<Latents> {
      const [, , height = 0, width = 0] = image.dims;
      const tile = await tileFor("vae_encoder", height, width);
      using parameters = await encoder.run(image, "B C h w", { tile, scale: 1 / factor }) as Latents;
      using latents = parameters.dims[1] === channels
        ? repeated(parameters, noise?.length ?? 1, device)
        : await posterior(parameters, channels, device, noise);
      return device.feed(latents, { channels: inwards });
    },
    async decode(latents: Latents, tile?: number, precision?: "fp32"): Promise<Image> {
      using scaled = device.feed(latents, { channels: outwards });
      return await decoder.run(scaled, "B 3 H W", { tile, scale: factor, widened: precision === "fp32" });
    },
    async [Symbol.asyncDispose]() {
      await encoder[Symbol.asyncDispose]();
      await decoder[Symbol.asyncDispose]();
    },
  };
}
