import type { Device } from "../runtime/device.ts";
import type { Context, Latents } from "../runtime/tensor.ts";
import type { Denoiser } from "./components.ts";
import { Config, graphOf } from "./folder.ts";

/**
 * Loads the UNet of a model folder, as diffusers' `UNet2DConditionModel` is exported: inputs `sample`, `timestep` (one
 * per row) and `encoder_hidden_states`, output `out_sample`.
 *
 * @throws {Error} with the file's name if it cannot be loaded
 */
export async function openDenoiser(folder: string, device: Device): Promise<Denoiser> {
  const config = await Config.read(folder, "unet", "config.json");
  const session = await device.load(await graphOf(folder, "unet"));
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
