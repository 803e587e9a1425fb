import type { Device } from "../runtime/device.ts";
import type { Context, Latents } from "../runtime/tensor.ts";
import type { Denoiser } from "./components.ts";
import { Config, graphOf } from "./folder.ts";

/** How a denoiser is opened. */
export interface DenoiserOptions {
  /** Float arithmetic on every device, also where a variant with integers is faster. */
  readonly exact?: boolean;
}

/**
 * Loads the UNet of a model folder, as diffusers' `UNet2DConditionModel` is exported: inputs `sample`, `timestep` (one
 * per row) and `encoder_hidden_states`, output `out_sample`.
 *
 * A folder may hold the network as two graphs over the same weights, which `graphs` in its config names: `float`, and
 * `integer` for devices where that is faster.
 *
 * @throws {Error} with the file's name if it cannot be loaded
 */
export async function openDenoiser(folder: string, device: Device, options: DenoiserOptions = {}): Promise<Denoiser> {
  const config = await Config.read(folder, "unet", "config.json");
  const session = await device.load(await graphOf(folder, "unet", variantOf(config, device, options)));
  return {
    inputChannels: config.number("in_channels"),
    async predict(input: Latents, timesteps: readonly number[], context: Context): Promise<Latents> {
      using timestep = device.upload("B", [timesteps.length], Float32Array.from(timesteps));
      const feeds = { sample: input, timestep, encoder_hidden_states: context };
      return (await session.run(feeds, { out_sample: "B C h w" })).out_sample;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function variantOf(config: Config, device: Device, { exact = false }: DenoiserOptions): string | undefined {
  if (!config.has("graphs")) return undefined;
  const graphs = config.object("graphs");
  // WebGPU has no integer products; on CPUs they are 1.4 to 2 times as fast (docs/performance.md).
  const integer = !exact && device.memory === "cpu" && graphs.has("integer");
  return graphs.string(integer ? "integer" : "float");
}
