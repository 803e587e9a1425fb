import type { Device, DeviceName, Session } from "../runtime/device.ts";
import type { Latents, Tensor } from "../runtime/tensor.ts";
import type { Conditioning, Denoiser } from "./components.ts";
import { type Config, graphOf } from "./folder.ts";
import { fixedDim, runRows } from "./graphs/run_rows.ts";
import { readUnet } from "./info/part_configs.ts";

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
const KNOWN_INPUTS = ["sample", "timestep", ...Object.values(INPUT_NAMES)];

/**
 * Loads the UNet of a model folder, as diffusers' `UNet2DConditionModel` and `UNet2DModel` are exported: inputs `sample`,
 * `timestep` and those conditions that the graph has, and one output. The timestep may be a number or an integer, a scalar,
 * one for all rows or one for each; batch and size may be fixed.
 *
 * A folder may hold the network as two graphs over the same weights, which `graphs` in its config names: `float`, and
 * `integer` for devices where that is faster.
 *
 * @throws {Error} with the file's name if it cannot be loaded, {TypeError} if it takes what nothing here gives
 */
export async function openDenoiser(folder: string, device: Device, options: DenoiserOptions = {}): Promise<Denoiser> {
  const config = await readUnet(folder);
  const graph = await graphOf(folder, "unet", variantOf(config, device.name, options));
  const session = await device.load(graph);
  const unknown = session.inputs.find(({ name }) => !KNOWN_INPUTS.includes(name));
  if (unknown) {
    await session[Symbol.asyncDispose]();
    throw new TypeError(`${graph.path} takes ${unknown.name}; a UNet may take ${KNOWN_INPUTS.join(", ")}`);
  }
  const wanted = new Set(session.inputs.map(({ name }) => name));
  const [output] = session.outputs;
  const oneTimestep = takesOneTimestep(session);
  return {
    inputChannels: config.number("in_channels"),
    perRowTimesteps: !oneTimestep,
    async predict(input: Latents, timesteps: readonly number[], given: Conditioning): Promise<Latents> {
      const times = oneTimestep ? timesteps.slice(0, 1) : timesteps;
      using timestep = device.upload("B", [times.length], Float32Array.from(times));
      const feeds: Record<string, Tensor> = { sample: input, timestep };
      for (const [kind, name] of Object.entries(INPUT_NAMES) as [keyof Conditioning, string][]) {
        const tensor = given[kind];
        if (tensor && wanted.has(name)) feeds[name] = tensor;
      }
      return (await runRows(device, session, feeds, { [output!.name]: "B C h w" }))[output!.name]! as Latents;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Whether there is one timestep for all rows: a scalar, or a list of one. */
function takesOneTimestep({ inputs }: Session): boolean {
  return inputs.find(({ name }) => name === "timestep")!.dims.every((dim) => fixedDim(dim) === 1);
}

/** Which of a UNet's variants is loaded on a device, below the part's folder; undefined if there is only one. */
export async function denoiserGraph(folder: string, device: DeviceName): Promise<string | undefined> {
  return variantOf(await readUnet(folder), device, {});
}

function variantOf(config: Config, device: DeviceName, { exact = false }: DenoiserOptions): string | undefined {
  if (!config.has("graphs")) return undefined;
  const graphs = config.object("graphs");
  // WebGPU has no integer products; on CPUs they are 1.4 to 2 times as fast (docs/performance.md).
  const integer = !exact && device !== "webgpu" && graphs.has("integer");
  return graphs.string(integer ? "integer" : "float");
}
