import type { Config } from "../folder.ts";

/** Factor of latents where a config tells none: the default of diffusers' `AutoencoderKL` and `VQModel`, Stable Diffusion's. */
const DEFAULT_SCALING_FACTOR = 0.18215;

/** Factor and summand of each channel. */
export interface Normalisation {
  readonly scale: readonly number[];
  readonly shift: readonly number[];
}

/**
 * How normalised latents become the decoder's: z = latents / scaling_factor · std + mean, with diffusers' config names.
 *
 * @throws {RangeError} if a list has not one number for each channel
 */
export function latentNormalisation(config: Config, channels: number): Normalisation {
  const perChannel = (name: string, otherwise: number) =>
    config.has(name) ? config.numbers(name) : Array<number>(channels).fill(otherwise);
  const factor = config.has("scaling_factor") ? config.number("scaling_factor") : DEFAULT_SCALING_FACTOR;
  const shift = perChannel("latents_mean", config.has("shift_factor") ? config.number("shift_factor") : 0);
  const scale = perChannel("latents_std", 1).map((std) => std / factor);
  if (scale.length !== channels || shift.length !== channels) {
    throw new RangeError(
      `latents_mean and latents_std have ${shift.length} and ${scale.length} numbers; latent_channels is ${channels}`,
    );
  }
  return { scale, shift };
}

/** The way back. */
export function inverse({ scale, shift }: Normalisation): Normalisation {
  return { scale: scale.map((each) => 1 / each), shift: shift.map((each, channel) => -each / scale[channel]!) };
}
