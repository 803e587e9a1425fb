import type { Device } from "../runtime/device.ts";
import type { Image, Latents } from "../runtime/tensor.ts";
import type { Autoencoder } from "./components.ts";
import { Config, graphOf } from "./folder.ts";

/**
 * Loads the decoder of a model folder, as diffusers' `AutoencoderKL` is exported: input `latent_sample`, output `sample`.
 *
 * @throws {Error} with the file's name if it cannot be loaded
 */
export async function openAutoencoder(folder: string, device: Device): Promise<Autoencoder> {
  const config = await Config.read(folder, "vae_decoder", "config.json");
  const channels = config.number("latent_channels");
  const normalisation = latentNormalisation(config, channels);
  const decoder = await device.load(await graphOf(folder, "vae_decoder"));
  return {
    factor: downsamplingFactor(config),
    channels,
    async decode(latents: Latents): Promise<Image> {
      using scaled = device.feed(latents, { channels: normalisation });
      return (await decoder.run({ latent_sample: scaled }, { sample: "B 3 H W" })).sample;
    },
    [Symbol.asyncDispose]: () => decoder[Symbol.asyncDispose](),
  };
}

/** f = H / h: told by the config, or one halving between each pair of resolutions as diffusers has it. */
export function downsamplingFactor(config: Config): number {
  return config.has("downsample_factor")
    ? config.number("downsample_factor")
    : 2 ** (config.numbers("block_out_channels").length - 1);
}

/** How normalised latents become the decoder's: z = latents / scaling_factor · std + mean, with diffusers' config names. */
function latentNormalisation(config: Config, channels: number): { scale: readonly number[]; shift: readonly number[] } {
  const perChannel = (name: string, otherwise: number) =>
    config.has(name) ? config.numbers(name) : Array<number>(channels).fill(otherwise);
  const factor = config.number("scaling_factor");
  const shift = perChannel("latents_mean", config.has("shift_factor") ? config.number("shift_factor") : 0);
  const scale = perChannel("latents_std", 1).map((std) => std / factor);
  if (scale.length !== channels || shift.length !== channels) {
    throw new RangeError(
      `latents_mean and latents_std have ${shift.length} and ${scale.length} numbers; latent_channels is ${channels}`,
    );
  }
  return { scale, shift };
}
