import type { Device } from "../runtime/device.ts";
import type { Latents, Tensor } from "../runtime/tensor.ts";
import type { Conditioning, Denoiser } from "./components.ts";
import { Config, graphOf } from "./folder.ts";

/** How a denoiser is opened. */
export interface DenoiserOptions {
  /** Float arithmetic on every device, also where a variant with integers is faster. */
  readonly exact?: boolean;
}

/** What diffusers and optimum call the inputs of a UNet. */
const INPUT_NAMES: Readonly<Record<keyof Conditioning, string>> = {
  context: "encoder_hidden_states",
  pooled: "text_embeds",
  sizes: "time_ids",
  label: "class_labels",
  guidance: "timestep_cond",
};

/**
 * Loads the UNet of a model folder, as diffusers' `UNet2DConditionModel` and `UNet2DModel` are exported: inputs `sample`,
 * `timestep` (a scalar, or one for each row) and those conditions that the graph has, output `out_sample`.
 *
 * A folder may hold the network as two graphs over the same weights, which `graphs` in its config names: `float`, and
 * `integer` for devices where that is faster.
 *
 * @throws {Error} with the file's name if it cannot be loaded
 */
export async function openDenoiser(folder: string, device: Device, options: DenoiserOptions = {}): Promise<Denoiser> {
  const config = await Config.read(folder, "unet", "config.json");
  const session = await device.load(await graphOf(folder, "unet", variantOf(config, device, options)));
  const wanted = new Set(session.inputs.map(({ name }) => name));
  return {
    inputChannels: config.number("in_channels"),
    async predict(input: Latents, timesteps: readonly number[], given: Conditioning): Promise<Latents> {
      using timestep = device.upload("B", [timesteps.length], Float32Array.from(timesteps));
      const feeds: Record<string, Tensor> = { sample: input, timestep };
      for (const [kind, name] of Object.entries(INPUT_NAMES) as [keyof Conditioning, string][]) {
        const tensor = given[kind];
        if (tensor && wanted.has(name)) feeds[name] = tensor;
      }
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
