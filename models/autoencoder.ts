import type { Device } from "../runtime/device.ts";
import { elements, type Image, type Latents } from "../runtime/tensor.ts";
import type { Autoencoder } from "./components.ts";
import { type Config, graphOf } from "./folder.ts";
import { lazySession } from "./graphs/lazy.ts";
import { runRows } from "./graphs/run_rows.ts";
import { downsamplingFactor, latentChannels, readAutoencoder } from "./info/part_configs.ts";

/** diffusers clamps the log-variance of the posterior (`DiagonalGaussianDistribution`). */
const LOG_VARIANCE = { min: -30, max: 20 } as const;

/** Factor of latents where a config tells none: the default of diffusers' `AutoencoderKL` and `VQModel`, Stable Diffusion's. */
const DEFAULT_SCALING_FACTOR = 0.18215;

/**
 * Loads the first stage of a model folder, as diffusers' `AutoencoderKL` and `VQModel` are exported. The decoder has one input,
 * latents, and one output, pixels. The encoder, which is loaded when it is first needed, gives mean and log-variance (2·C
 * channels), or latents (C channels): those of a VQ model, or a sample that old exports draw inside the graph, whatever the seed.
 *
 * @throws {Error} with the file's name if it cannot be loaded
 */
export async function openAutoencoder(folder: string, device: Device): Promise<Autoencoder> {
  const config = await readAutoencoder(folder);
  const channels = latentChannels(config);
  const outwards = latentNormalisation(config, channels);
  const inwards = inverse(outwards);
  const decoder = await device.load(await graphOf(folder, "vae_decoder"));
  const encoder = lazySession(device, () => graphOf(folder, "vae_encoder"));
  return {
    factor: downsamplingFactor(config),
    channels,
    samples: samplesPosterior(config),
    normalisation: outwards,
    async encode(image: Image, noise?: readonly Float32Array[]): Promise<Latents> {
      const session = await encoder.get();
      const name = session.outputs[0]!.name;
      const { [name]: encoded } = await runRows(device, session, { [session.inputs[0]!.name]: image }, {
        [name]: "B C h w",
      });
      using parameters = encoded! as Latents;
      using latents = parameters.dims[1] === channels
        ? repeated(parameters, noise?.length ?? 1, device)
        : await posterior(parameters, channels, device, noise);
      return device.feed(latents, { channels: inwards });
    },
    async decode(latents: Latents): Promise<Image> {
      using scaled = device.feed(latents, { channels: outwards });
      const name = decoder.outputs[0]!.name;
      const outputs = await runRows(device, decoder, { [decoder.inputs[0]!.name]: scaled }, { [name]: "B 3 H W" });
      return outputs[name]! as Image;
    },
    async [Symbol.asyncDispose]() {
      await encoder[Symbol.asyncDispose]();
      await decoder[Symbol.asyncDispose]();
    },
  };
}

/** diffusers' pipelines draw a sample of the posterior; `posterior: "mean"` in the config tells of a model trained on means. */
function samplesPosterior(config: Config): boolean {
  if (config.has("num_vq_embeddings")) return false;
  return !config.has("posterior") || config.string("posterior") !== "mean";
}

/** The same latents for each picture. */
function repeated(latents: Latents, rows: number, device: Device): Latents {
  const length = elements(latents.dims);
  const slices = Array.from({ length: rows }, () => ({ of: latents, start: 0, length }));
  return device.assemble("B C h w", [rows, ...latents.dims.slice(1)], slices);
}

/** z = μ + σ·ε for each ε, or μ, from mean and log-variance in the channels of one tensor [1, 2·C, h, w]. */
async function posterior(
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

/** Factor and summand of each channel. */
interface Normalisation {
  readonly scale: readonly number[];
  readonly shift: readonly number[];
}

/** How normalised latents become the decoder's: z = latents / scaling_factor · std + mean, with diffusers' config names. */
function latentNormalisation(config: Config, channels: number): Normalisation {
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

function inverse({ scale, shift }: Normalisation): Normalisation {
  return { scale: scale.map((each) => 1 / each), shift: shift.map((each, channel) => -each / scale[channel]!) };
}
